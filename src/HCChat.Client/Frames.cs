using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>The frames of spec/protocol.md: writing ours, reading the members of theirs without ever throwing.</summary>
internal static class Frames
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A command with string members; those that are null are left out.</summary>
    public static byte[] Command(string cmd, params ReadOnlySpan<(string Name, string? Value)> members) =>
        Command(cmd, null, null, members);

    /// <summary>The same with one number.</summary>
    public static byte[] Command(
        string cmd,
        string? numberName,
        long? number,
        params ReadOnlySpan<(string Name, string? Value)> members
    )
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = Begin(buffer, cmd);
        if (numberName is not null)
        {
            Number(json, numberName, number);
        }
        foreach (var (name, value) in members)
        {
            Text(json, name, value);
        }
        return End(json, buffer);
    }

    /// <summary>A command with members of any kind; those that are null are left out.</summary>
    public static byte[] Command(string cmd, JsonObject members)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = Begin(buffer, cmd);
        foreach (var (name, value) in members)
        {
            if (value is not null)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }
        }
        return End(json, buffer);
    }

    /// <summary>The greeting: the session to go on with, and what we know of the rooms and the whispers in them.</summary>
    public static byte[] Session(string? token, IReadOnlyList<KnownPosition> known)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = Begin(buffer, "session");
        json.WriteNumber("proto", 3);
        Text(json, "token", token);
        if (known.Count > 0)
        {
            json.WriteStartArray("resume");
            foreach (var ((channel, isInbox), position) in known)
            {
                json.WriteStartObject();
                json.WriteString("channel", channel);
                if (isInbox)
                {
                    json.WriteBoolean("inbox", true);
                }
                Place(json, position);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return End(json, buffer);
    }

    /// <summary>Asks to be let into a room, and for what happened there since.</summary>
    public static byte[] Join(RoomAccess access, string nick, string? pass, RoomPosition? known, long? work)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = Begin(buffer, "join");
        json.WriteString("channel", access.Channel);
        json.WriteString("nick", nick);
        Text(json, "pass", pass);
        Text(json, "invite", access.Invitation);
        Text(json, "password", access.Password);
        Number(json, "work", work);
        if (known is { } position)
        {
            json.WriteStartObject("resume");
            Place(json, position);
            json.WriteEndObject();
        }
        return End(json, buffer);
    }

    /// <summary>Files: what is sealed, and beside it what the server has to know of the objects; by their claims they are the message's whoever we are when it goes out.</summary>
    public static byte[] Files(string channel, string text, string mid, FileBody body, IReadOnlyList<UploadState> done)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = Begin(buffer, "chat");
        Number(json, "ttl", body.Ttl);
        json.WriteString("channel", channel);
        Text(json, "text", text);
        json.WriteString("mid", mid);
        json.WriteString("type", "attachment");
        if (body.Files.Count == 1)
        {
            json.WritePropertyName("attachment");
            Object(json, body.Files[0], done[0].Stored);
        }
        else
        {
            json.WriteStartArray("attachments");
            foreach (var (file, state) in body.Files.Zip(done))
            {
                Object(json, file, state.Stored);
            }
            json.WriteEndArray();
        }
        json.WriteStartArray("claims");
        foreach (var claim in done.Select(state => state.Claim).OfType<string>())
        {
            json.WriteStringValue(claim);
        }
        json.WriteEndArray();
        return End(json, buffer);
    }

    private static void Object(Utf8JsonWriter json, SealedFile file, long bytes)
    {
        json.WriteStartObject();
        json.WriteString("objectKey", file.ObjectKey);
        json.WriteString("mime", "application/octet-stream");
        json.WriteNumber("bytes", bytes);
        file.Encryption.Write(json);
        json.WriteEndObject();
    }

    /// <summary>Asks for a page of what happened.</summary>
    public static byte[] Sync(EventList list, string? epoch, long? since = null, long? before = null)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using var json = Begin(buffer, "sync");
        json.WriteString("channel", list.Channel);
        if (list.IsInbox)
        {
            json.WriteBoolean("inbox", true);
        }
        Text(json, "epoch", epoch);
        Number(json, "since", since);
        Number(json, "before", before);
        Number(json, "limit", PageRequest.Limit);
        return End(json, buffer);
    }

    /// <summary>The place of a sequenced frame; null when it has none.</summary>
    public static RoomPosition? Position(this JsonElement frame, string seq = "seq") =>
        frame.Text("epoch") is { Length: > 0 } epoch && frame.Integer(seq) is { } number and >= 0
            ? new RoomPosition(epoch, number)
            : null;

    /// <summary>A member that is <c>true</c>.</summary>
    public static bool Flag(this JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>A member that is an object, or null.</summary>
    public static JsonElement? Object(this JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    /// <summary>A string member, or null.</summary>
    public static string? Text(this JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var value) ? Text(value) : null;

    /// <summary>The strings of a list member; empty when it is none.</summary>
    public static IEnumerable<string> Texts(this JsonElement frame, string name) =>
        frame.List(name).Select(Text).OfType<string>();

    /// <summary>An integer member, or null.</summary>
    public static long? Integer(this JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number)
            ? number
            : null;

    /// <summary>A list member; empty when it is none.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement frame, string name) =>
        frame.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray()
            : [];

    /// <summary>The server's time in a frame, or <paramref name="otherwise"/>.</summary>
    public static DateTimeOffset Time(this JsonElement frame, DateTimeOffset otherwise) =>
        frame.Integer("time") is { } ms and >= 0 and <= 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms)
            : otherwise;

    /// <summary>A user of <c>onlineSet</c>, <c>onlineAdd</c> or <c>updateUser</c>; null when it has no id.</summary>
    public static Member? Member(this JsonElement user, long? me) =>
        user.Integer("userid") is { } id
            ? new Member(
                id,
                user.Text("nick") ?? "",
                user.Text("trip") is { Length: > 0 } trip ? trip : null,
                id == me || user.Flag("isme")
            )
            : null;

    /// <summary>What a room's <c>history</c> says; null when it makes no sense.</summary>
    public static HistorySettings? History(this JsonElement history) =>
        history.Text("mode") is { } mode
            ? new HistorySettings(
                mode,
                history.Integer("days") ?? 0,
                history.Integer("count") ?? 0,
                TimeSpan.FromSeconds(Math.Clamp(history.Integer("ttl") ?? 0, 0, int.MaxValue))
            )
            : null;

    /// <summary>What a <c>warn</c> or <c>nack</c> says.</summary>
    public static Refusal Refusal(this JsonElement frame) =>
        new(
            frame.Text("code")
                ?? frame.Integer("id")?.ToString(System.Globalization.CultureInfo.InvariantCulture)
                ?? "refused",
            frame.Text("text") ?? "The server refused.",
            frame.Integer("retryAfterMs") is { } ms and >= 0 and < int.MaxValue ? TimeSpan.FromMilliseconds(ms) : null
        );

    private static Utf8JsonWriter Begin(ArrayBufferWriter<byte> buffer, string cmd)
    {
        var json = new Utf8JsonWriter(buffer, Compact);
        json.WriteStartObject();
        json.WriteString("cmd", cmd);
        return json;
    }

    private static byte[] End(Utf8JsonWriter json, ArrayBufferWriter<byte> buffer)
    {
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is not null)
        {
            json.WriteNumber(name, value.Value);
        }
    }

    private static void Place(Utf8JsonWriter json, RoomPosition position)
    {
        json.WriteString("epoch", position.Epoch);
        json.WriteNumber("seq", position.Seq);
    }

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // a lone surrogate
        }
    }
}

/// <summary>Up to where a list is known.</summary>
internal sealed record KnownPosition(EventList List, RoomPosition Position);
