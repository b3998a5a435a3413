using System.Buffers.Text;
using System.Text.Json.Nodes;
using Geralt;
using HCChat.Server.Chat;

namespace HCChat.Tests;

/// <summary>Somebody with a key in a room.</summary>
public sealed class Person : IAsyncDisposable
{
    public required WireClient Wire { get; init; }
    public required byte[] Seed { get; init; }
    public long UserId { get; private init; }
    public long Level { get; private init; }

    public static async Task<Person> EnterAsync(
        RunningServer server,
        string channel,
        string nick,
        byte[]? seed = null,
        string? invite = null
    )
    {
        seed ??= System.Security.Cryptography.RandomNumberGenerator.GetBytes(32);
        var wire = await WireClient.ConnectAsync(server);
        await wire.SendAsync("""{"cmd":"session","proto":3}""");
        var nonce = (string)(await wire.ReadUntilAsync("session"))["nonce"]!;
        await wire.SendAsync(Proof(seed, Identifying.Challenge("127.0.0.1", Base64Url.DecodeFromChars(nonce))));
        await wire.ReadUntilAsync("identity");
        await wire.SendAsync(
            new JsonObject
            {
                ["cmd"] = "join",
                ["channel"] = channel,
                ["nick"] = nick,
                ["invite"] = invite,
            }.ToJsonString()
        );
        var me = (await wire.ReadUntilAsync("onlineSet"))["users"]!.AsArray()[^1]!;
        await wire.ReadUntilAsync("session");
        if (invite is not null)
        {
            me = wire.Seen.Find(f => (string?)f["cmd"] == "updateUser") ?? await wire.ReadUntilAsync("updateUser");
        }
        return new Person
        {
            Wire = wire,
            Seed = seed,
            UserId = (long)me["userid"]!,
            Level = (long)me["level"]!,
        };
    }

    /// <summary>The code with which somebody is turned away who has a key of no account here.</summary>
    public static async Task<string> TurnedAwayAsync(
        RunningServer server,
        string channel,
        string nick,
        string? invite = null,
        Person? locked = null
    )
    {
        if (locked is not null)
        {
            // Another room that is shut.
            var owner = await EnterAsync(server, channel, "owner", locked.Seed);
            await owner.ClaimAsync(channel);
            await owner.Wire.SendAsync($$"""{"cmd":"setroom","channel":"{{channel}}","access":"invite"}""");
            await owner.Wire.ReadUntilAsync("roomInfo");
        }
        await using var wire = await WireClient.ConnectAsync(server);
        await wire.SendAsync("""{"cmd":"session","proto":3}""");
        await wire.ReadUntilAsync("session");
        await wire.SendAsync(
            new JsonObject
            {
                ["cmd"] = "join",
                ["channel"] = channel,
                ["nick"] = nick,
                ["invite"] = invite,
            }.ToJsonString()
        );
        return (string)(await wire.ReadUntilAsync("warn"))["code"]!;
    }

    public static string Proof(byte[] seed, byte[] challenge)
    {
        var (key, secret) = (new byte[32], new byte[64]);
        Ed25519.GenerateKeyPair(key, secret, seed);
        var signature = new byte[64];
        Ed25519.Sign(signature, challenge, secret);
        return new JsonObject
        {
            ["cmd"] = "identify",
            ["key"] = Base64Url.EncodeToString(key),
            ["sig"] = Base64Url.EncodeToString(signature),
        }.ToJsonString();
    }

    public async Task<JsonNode> ClaimAsync(string channel)
    {
        await Wire.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"ann"}""");
        await Wire.SendAsync($$"""{"cmd":"claim","channel":"{{channel}}"}""");
        return (await Wire.ReadUntilAsync("roomInfo"))["room"]!;
    }

    public async Task SetAsync(string settings)
    {
        var channel = (string)Wire.Seen.Last(f => (string?)f["cmd"] == "onlineSet")["channel"]!;
        await Wire.SendAsync($$"""{"cmd":"setroom","channel":"{{channel}}",{{settings}}}""");
        await Wire.ReadUntilAsync("roomInfo");
    }

    public async Task<string> RefusedAsync(string frame)
    {
        await Wire.SendAsync(frame);
        return (string)(await Wire.ReadUntilAsync("warn"))["code"]!;
    }

    public ValueTask DisposeAsync() => Wire.DisposeAsync();

    /// <summary>A new invitation into that room, good once.</summary>
    public async Task<string> InviteAsync(string channel)
    {
        await Wire.SendAsync($$"""{"cmd":"createinvite","channel":"{{channel}}"}""");
        return (string)(await Wire.ReadUntilAsync("invitation"))["invite"]!;
    }
}

/// <summary>Somebody in a room who has neither a key nor a pass.</summary>
public sealed class InvitedGuest : IAsyncDisposable
{
    public required WireClient Wire { get; init; }
    public required long UserId { get; init; }

    public static async Task<InvitedGuest> EnterAsync(RunningServer server, string channel, string nick, string invite)
    {
        var wire = await WireClient.ConnectAsync(server);
        await wire.SendAsync("""{"cmd":"session","proto":3}""");
        await wire.ReadUntilAsync("session");
        await wire.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"{{nick}}","invite":"{{invite}}"}""");
        var me = (await wire.ReadUntilAsync("onlineSet"))["users"]!.AsArray()[^1]!;
        await wire.ReadUntilAsync("session");
        return new InvitedGuest { Wire = wire, UserId = (long)me["userid"]! };
    }

    public ValueTask DisposeAsync() => Wire.DisposeAsync();
}
