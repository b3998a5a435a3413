using System.Buffers.Text;

namespace HCChat.Crypto;

/// <summary>
/// The two base64 forms of spec/crypto.md §1, read strictly: one alphabet, no whitespace and no loose bits, so that a
/// string and its bytes determine each other. Padding may be missing where it is normally written.
/// </summary>
internal static class Base64Text
{
    /// <summary>RFC 4648 §4, padded.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes);

    /// <summary>RFC 4648 §5, unpadded.</summary>
    public static string EncodeUrl(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    /// <summary>Reads RFC 4648 §4, padded or not; null when the text is anything else.</summary>
    public static byte[]? Decode(string text)
    {
        var missing = text.Length % 4;
        if (missing == 1)
        {
            return null;
        }
        var padded = missing == 0 ? text : text.PadRight(text.Length + 4 - missing, '=');
        var bytes = new byte[padded.Length / 4 * 3];
        return
            Convert.TryFromBase64String(padded, bytes, out var count)
            && Convert.ToBase64String(bytes, 0, count) == padded
            ? bytes[..count]
            : null;
    }

    /// <summary>A character of RFC 4648 §5.</summary>
    public static bool IsUrlCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    /// <summary>Reads RFC 4648 §5 without padding; null when the text is anything else.</summary>
    public static byte[]? DecodeUrl(string text)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (text.Contains('=') || !Base64Url.IsValid(text, out _))
        {
            return null;
        }
        return
            Base64Url.TryDecodeFromChars(text, bytes, out var count)
            && Base64Url.EncodeToString(bytes.AsSpan(0, count)) == text
            ? bytes[..count]
            : null;
    }
}
