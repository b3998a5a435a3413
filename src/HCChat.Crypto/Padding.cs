using System.Numerics;

namespace HCChat.Crypto;

/// <summary>Hides lengths: buckets for messages (spec/crypto.md §3), Padmé for files.</summary>
public static class Padding
{
    /// <summary>The largest bucket, in bytes: content is at most one byte shorter.</summary>
    public const int MaxBucket = 32_768;

    private const byte Marker = 0x80;
    private const int Step = 4_096;

    /// <summary>The smallest bucket that holds <paramref name="length"/> bytes: 256, 512, 1024, 2048, 4096, then multiples of 4096.</summary>
    public static int Bucket(int length) =>
        length <= Step
            ? Math.Max(256, (int)BitOperations.RoundUpToPowerOf2((uint)length))
            : (length + Step - 1) / Step * Step;

    /// <summary>Content, the marker 0x80, and zeroes up to the bucket.</summary>
    public static byte[] Pad(ReadOnlySpan<byte> content)
    {
        var padded = new byte[Bucket(content.Length + 1)];
        content.CopyTo(padded);
        padded[content.Length] = Marker;
        return padded;
    }

    /// <summary>The length of the content inside <paramref name="padded"/>.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Pad"/>: there is no marker, or something else follows it.</exception>
    public static int Unpad(ReadOnlySpan<byte> padded)
    {
        var last = padded.LastIndexOfAnyExcept((byte)0);
        return last >= 0 && padded[last] == Marker ? last : throw new E2eeException(E2eeError.Pad);
    }

    /// <summary>
    /// The Padmé length of a file of <paramref name="length"/> bytes: at most 12 % more, and it tells only O(log log n) bits
    /// (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PoPETs 2019).
    /// </summary>
    public static long Padme(long length)
    {
        if (length < 2)
        {
            return length;
        }
        var exponent = BitOperations.Log2((ulong)length);
        var kept = BitOperations.Log2((uint)exponent) + 1;
        var mask = (1L << (exponent - kept)) - 1;
        return exponent <= kept ? length : (length + mask) & ~mask;
    }
}
