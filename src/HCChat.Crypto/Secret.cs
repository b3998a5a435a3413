using System.Security.Cryptography;

namespace HCChat.Crypto;

/// <summary>
/// Key material: kept in one pinned buffer that the garbage collector never copies, zeroed when disposed or collected,
/// and printed as <c>***</c>.
/// </summary>
public sealed class Secret : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    /// <summary>A secret of <paramref name="length"/> zero bytes, filled by <paramref name="fill"/>.</summary>
    public Secret(int length, FillSecret fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        _bytes = GC.AllocateArray<byte>(length, pinned: true);
        fill(_bytes);
    }

    /// <summary>A copy of <paramref name="source"/>; the caller still owns the original and should zero it.</summary>
    public Secret(ReadOnlySpan<byte> source)
    {
        _bytes = GC.AllocateUninitializedArray<byte>(source.Length, pinned: true);
        source.CopyTo(_bytes);
    }

    /// <summary>Zeroes the bytes even when nobody disposed the secret.</summary>
    ~Secret() => CryptographicOperations.ZeroMemory(_bytes);

    /// <summary>How many bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>The bytes themselves, for the moment of use; do not keep a copy.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed.</exception>
    public ReadOnlySpan<byte> Reveal()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _bytes;
    }

    /// <summary><paramref name="length"/> bytes from the operating system's random source.</summary>
    public static Secret Random(int length) => new(length, RandomNumberGenerator.Fill);

    /// <summary>Zeroes the bytes.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
        GC.SuppressFinalize(this);
    }

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";
}

/// <summary>Writes the bytes of a new <see cref="Secret"/>.</summary>
public delegate void FillSecret(Span<byte> destination);
