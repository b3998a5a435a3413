using System.Text.Json;
using HCChat.Server.Messages;

namespace HCChat.Server.Chat;

/// <summary>What a message says of the objects that come with it: <c>attachment</c> and <c>attachments</c>. Only which ones they are is of interest here.</summary>
internal static class Attached
{
    private const int MaxKey = 512;

    /// <summary>The keys of the objects that a message names: <c>objectKey</c>, or what follows the bucket in the app's <c>url</c>.</summary>
    public static IReadOnlyList<string> KeysOf(Call call)
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

    // Strings of clients may hold what is no Unicode.
    private static string? Text(JsonElement of, string name)
    {
        try
        {
            return of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
