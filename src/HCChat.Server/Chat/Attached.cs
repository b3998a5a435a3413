using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HCChat.Protocol;
using HCChat.Server.Messages;
using HCChat.Server.Rooms;

namespace HCChat.Server.Chat;

/// <summary>What a message says of the objects that come with it: <c>attachment</c> and <c>attachments</c>. Only which ones they are is of interest here.</summary>
internal static class Attached
{
    private const int MaxKey = 512;

    private const int MaxClaim = 64;

    /// <summary>The objects that a message names (<c>objectKey</c>, or what follows the bucket in the app's <c>url</c>), and by what they may be its sender's: who that is, and <c>claims</c>.</summary>
    public static NamedObjects Of(Call call, Member me) =>
        new(KeysOf(call), OwnersOf(me)) { Claims = call.IsOurs ? ClaimsOf(call) : [] };

    /// <summary>What is kept of a claim: it is random, so that its hash gives nothing away.</summary>
    public static string HashOf(string claim) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(claim)));

    // The app uploads without a token: it is known by where it comes from.
    private static List<string> OwnersOf(Member me) =>
        [.. me.Identities, "session:" + me.SessionId, .. me.Family == Family.App ? [me.AddressName] : (string[])[]];

    private static List<string> KeysOf(Call call)
    {
        if (!call.IsOurs && !call.IsApp)
        {
            return [];
        }
        var keys = new List<string>();
        var folder = $"/{call.Chat.Settings.Bucket}/";
        Read(call.Message.Json("attachment", JsonTokenType.StartObject), folder, keys);
        Read(call.Message.Json("attachments", JsonTokenType.StartArray), folder, keys);
        return keys;
    }

    private static List<string> ClaimsOf(Call call)
    {
        var json = call.Message.Json("claims", JsonTokenType.StartArray);
        if (json.IsEmpty)
        {
            return [];
        }
        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        return
        [
            .. document
                .RootElement.EnumerateArray()
                .Take(NamedObjects.MaxKeys)
                .Select(Text)
                .OfType<string>()
                .Where(claim => claim.Length is > 0 and <= MaxClaim)
                .Select(HashOf),
        ];
    }

    // The frame has been read once, so that it is JSON.
    private static void Read(ReadOnlySpan<byte> json, string folder, List<string> keys)
    {
        if (json.IsEmpty)
        {
            return;
        }
        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        IEnumerable<JsonElement> all = root.ValueKind == JsonValueKind.Array ? root.EnumerateArray() : [root];
        foreach (var one in all.Where(e => e.ValueKind == JsonValueKind.Object))
        {
            if (KeyOf(one, folder) is { Length: > 0 and <= MaxKey } key && keys.Count < NamedObjects.MaxKeys)
            {
                keys.Add(key);
            }
        }
    }

    private static string? KeyOf(JsonElement attachment, string folder) =>
        Text(attachment, "objectKey")
        ?? (
            Uri.TryCreate(Text(attachment, "url"), UriKind.Absolute, out var url)
            && url.AbsolutePath.IndexOf(folder, StringComparison.Ordinal) is var at and >= 0
                ? Uri.UnescapeDataString(url.AbsolutePath[(at + folder.Length)..])
                : null
        );

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) ? Text(value) : null;

    // Strings of clients may hold what is no Unicode.
    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
