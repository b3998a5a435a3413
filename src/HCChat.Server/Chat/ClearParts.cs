using System.Buffers;
using System.Text.Json;

namespace HCChat.Server.Chat;

/// <summary>
/// The app puts readable things beside an envelope: the text that it answers, the names of files. Members see them as they came; the disk
/// shall have ciphertext only, so they are left out of what is kept.
/// </summary>
internal static class ClearParts
{
    // What names and orders things, and of an object what it takes to fetch and open it beside a key.
    private static readonly string[] s_kept =
    [
        "id",
        "kind",
        "type",
        "messageId",
        "sender",
        "timestamp",
        "duration",
        "bytes",
        "encryption",
        "scheme",
        "headerB64",
        "nonceB64",
        "noncePrefixB64",
        "chunkSize",
    ];

    /// <summary>
    /// A JSON object, or an array of them, without the members that hold content. Keys and media types stay where they tell nothing: keys that the app makes,
    /// and addresses, end in the name of the file.
    /// </summary>
    public static byte[] Without(ReadOnlySpan<byte> json)
    {
        var kept = new ArrayBufferWriter<byte>(json.Length + 2);
        var reader = new Utf8JsonReader(json);
        if (reader.Read())
        {
            Copy(ref reader, json, kept);
        }
        return kept.WrittenSpan.ToArray();
    }

    private static void Copy(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ArrayBufferWriter<byte> kept)
    {
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        if (!isObject && reader.TokenType != JsonTokenType.StartArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            kept.Write(json[start..(int)reader.BytesConsumed]);
            return;
        }
        kept.Write(isObject ? "{"u8 : "["u8);
        var first = true;
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            var nameStart = (int)reader.TokenStartIndex;
            if (isObject && IsClear(ref reader, json))
            {
                reader.Read();
                reader.Skip();
                continue;
            }
            if (!first)
            {
                kept.Write(","u8);
            }
            first = false;
            if (isObject)
            {
                kept.Write(json[nameStart..(int)reader.BytesConsumed]);
                // The reader counts the colon to the name.
                reader.Read();
            }
            Copy(ref reader, json, kept);
        }
        kept.Write(isObject ? "}"u8 : "]"u8);
    }

    private static bool IsClear(ref Utf8JsonReader name, ReadOnlySpan<byte> json)
    {
        if (name.ValueTextEquals("objectKey"u8))
        {
            var key = Value(name, json);
            return !(key.StartsWith("\"o/"u8) && key.EndsWith(".bin\""u8));
        }
        if (name.ValueTextEquals("mime"u8))
        {
            return !Value(name, json).SequenceEqual("\"application/octet-stream\""u8);
        }
        foreach (var kept in s_kept)
        {
            if (name.ValueTextEquals(kept))
            {
                return false;
            }
        }
        return true;
    }

    // Of the member whose name was read; the reader is a copy.
    private static ReadOnlySpan<byte> Value(Utf8JsonReader name, ReadOnlySpan<byte> json)
    {
        name.Read();
        var start = (int)name.TokenStartIndex;
        name.Skip();
        return json[start..(int)name.BytesConsumed];
    }
}
