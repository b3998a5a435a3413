using System.Buffers.Binary;
using System.Security.Cryptography;

namespace HCChat.Protocol;

/// <summary>
/// What a newcomer pays while a room is raided (spec/protocol.md, Raids): a counter for which SHA-256("hc-work/1" ‖ challenge ‖ counter) begins with so many zero
/// bits. To find one takes 2^bits hashes on average, to check it takes one.
/// </summary>
public static class ProofOfWork
{
    /// <summary>Bytes of a challenge.</summary>
    public const int ChallengeSize = 16;

    /// <summary>More zero bits than this no honest server asks for: on a telephone it would take minutes.</summary>
    public const int MaxBits = 24;

    private const int Stride = 4_096;

    private static ReadOnlySpan<byte> Label => "hc-work/1"u8;

    /// <summary>Whether the counter is work enough.</summary>
    public static bool IsGood(ReadOnlySpan<byte> challenge, int bits, long counter)
    {
        Span<byte> message = stackalloc byte[Label.Length + ChallengeSize + sizeof(long)];
        return counter >= 0 && challenge.Length == ChallengeSize && IsGood(Begin(message, challenge), bits, counter);
    }

    /// <summary>Finds the least counter that is work enough.</summary>
    /// <param name="challenge">From the server.</param>
    /// <param name="bits">How many zero bits it wants.</param>
    /// <param name="stop">Ends the search.</param>
    /// <returns>Null when that may not be asked for, or the search was ended.</returns>
    public static long? Find(ReadOnlySpan<byte> challenge, int bits, CancellationToken stop)
    {
        if (challenge.Length != ChallengeSize || bits is < 0 or > MaxBits)
        {
            return null;
        }
        Span<byte> message = stackalloc byte[Label.Length + ChallengeSize + sizeof(long)];
        Begin(message, challenge);
        for (var counter = 0L; !stop.IsCancellationRequested; )
        {
            for (var end = counter + Stride; counter < end; counter++)
            {
                if (IsGood(message, bits, counter))
                {
                    return counter;
                }
            }
        }
        return null;
    }

    private static Span<byte> Begin(Span<byte> message, ReadOnlySpan<byte> challenge)
    {
        Label.CopyTo(message);
        challenge.CopyTo(message[Label.Length..]);
        return message;
    }

    private static bool IsGood(Span<byte> message, int bits, long counter)
    {
        BinaryPrimitives.WriteInt64BigEndian(message[^sizeof(long)..], counter);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash) >> (64 - bits) == 0 || bits == 0;
    }
}
