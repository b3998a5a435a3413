using System.Buffers;
using System.Text.Json;

namespace HCChat.Server.Chat;

/// <summary>
/// The app puts readable things beside an envelope: the text that it answers, the names of files. Members see them as they came; the disk
/// shall have ciphertext only, so they are left out of what is kept.
/// </summary>
internal static class ClearParts
{
    // All but what names and orders things: addresses of the app's objects end in the name of the file.
    private static readonly string[] s_kept = ["id", "kind", "type", "messageId", "sender", "timestamp", "duration"];

    /// <summary>A JSON object, or an array of them, without the members that hold content.</summary>
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
            if (isObject && IsClear(ref reader))
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

    private static bool IsClear(ref Utf8JsonReader name)
    {
        foreach (var kept in s_kept)
        {
            if (name.ValueTextEquals(kept))
            {
                return false;
            }
        }
        return true;
    }
}
