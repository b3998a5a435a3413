using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace HCChat.EndToEnd.Harness;

/// <summary>Frames of RFC 6455 as bytes, right ones and wrong ones.</summary>
public static class Frame
{
    public const int Continuation = 0,
        Text = 1,
        Binary = 2,
        Close = 8,
        Ping = 9,
        Pong = 10;

    /// <summary>One frame from a client.</summary>
    /// <param name="opcode">0 to 15.</param>
    /// <param name="payload">What it carries, before masking.</param>
    /// <param name="fin">Whether it is the last fragment.</param>
    /// <param name="reserved">The three reserved bits, RSV1 as 4.</param>
    /// <param name="masked">Whether it is masked, by a random key.</param>
    /// <param name="declared">The length that the header tells, when it is to lie.</param>
    public static byte[] Of(
        int opcode,
        ReadOnlySpan<byte> payload,
        bool fin = true,
        int reserved = 0,
        bool masked = true,
        ulong? declared = null
    )
    {
        var length = declared ?? (ulong)payload.Length;
        var lengthBytes =
            length < 126 ? 0
            : length <= ushort.MaxValue ? 2
            : 8;
        var frame = new byte[2 + lengthBytes + (masked ? 4 : 0) + payload.Length];
        frame[0] = (byte)((fin ? 0x80 : 0) | (reserved << 4) | opcode);
        var short7 = lengthBytes switch
        {
            0 => (byte)length,
            2 => (byte)126,
            _ => (byte)127,
        };
        frame[1] = (byte)((masked ? 0x80 : 0) | short7);
        if (lengthBytes == 2)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)length);
        }
        else if (lengthBytes == 8)
        {
            BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), length);
        }
        var body = frame.AsSpan(frame.Length - payload.Length);
        payload.CopyTo(body);
        if (masked)
        {
            Span<byte> key = stackalloc byte[4];
            RandomNumberGenerator.Fill(key);
            key.CopyTo(frame.AsSpan(2 + lengthBytes));
            for (var i = 0; i < body.Length; i++)
            {
                body[i] ^= key[i % 4];
            }
        }
        return frame;
    }

    public static byte[] OfText(string text, bool fin = true) => Of(Text, Encoding.UTF8.GetBytes(text), fin);

    /// <summary>A close frame with a code and a reason.</summary>
    public static byte[] OfClose(int code, ReadOnlySpan<byte> reason = default)
    {
        var payload = new byte[2 + reason.Length];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        reason.CopyTo(payload.AsSpan(2));
        return Of(Close, payload);
    }

    public static byte[] Join(params byte[][] frames) => [.. frames.SelectMany(f => f)];
}
