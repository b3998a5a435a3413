using System.Buffers;
using System.IO.Compression;
using Google.Protobuf;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Rtc.Signal;

/// <summary>The query parameter <c>join_request</c>: base64url of a message in a message, which may be compressed.</summary>
internal static class JoinRequestText
{
    /// <summary>The longest that is unpacked, in bytes.</summary>
    public const int MaxLength = 256 * 1024;

    private const int Gzip = 1;

    /// <summary>Null: it is none.</summary>
    public static JoinRequest? Read(string text)
    {
        if (text.Length is 0 or > MaxLength)
            return null;
        try
        {
            var wrapped = WrappedJoinRequest.Parser.ParseFrom(FromBase64(text));
            return wrapped.Compression switch
            {
                0 => JoinRequest.Parser.ParseFrom(wrapped.JoinRequest),
                Gzip => Unpack(wrapped.JoinRequest.Memory),
                _ => null,
            };
        }
        catch (Exception e) when (e is FormatException or InvalidProtocolBufferException or InvalidDataException)
        {
            return null;
        }
    }

    private static byte[] FromBase64(string text)
    {
        var plain = text.TrimEnd('=').Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(plain.PadRight((plain.Length + 3) / 4 * 4, '='));
    }

    private static JoinRequest? Unpack(ReadOnlyMemory<byte> packed)
    {
        using var stream = new GZipStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        var buffer = ArrayPool<byte>.Shared.Rent(MaxLength + 1);
        try
        {
            var length = stream.ReadAtLeast(buffer, MaxLength + 1, throwOnEndOfStream: false);
            return length > MaxLength ? null : JoinRequest.Parser.ParseFrom(buffer, 0, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
