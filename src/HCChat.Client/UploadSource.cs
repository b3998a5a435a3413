using System.Security.Cryptography;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>A file that is being sent, readable from anywhere.</summary>
/// <param name="begin">Where in the stream it begins.</param>
/// <param name="path">Where it is, by its whole name; null for what has none.</param>
/// <param name="modified">When it was last written, as the system tells; 0 for what has no name.</param>
internal sealed class UploadSource(Stream content, long begin, string? path, long modified) : IAsyncDisposable
{
    private string? _head;

    /// <summary>It stays the caller's.</summary>
    public bool IsBorrowed { get; init; }

    public string? Path => path;

    public long Modified => modified;

    /// <summary>Bytes.</summary>
    public long Size { get; } = content.Length - begin;

    /// <summary>Reads exactly.</summary>
    /// <exception cref="IOException">It has become shorter meanwhile.</exception>
    public async Task ReadAsync(long at, Memory<byte> buffer, CancellationToken stop)
    {
        content.Position = begin + at;
        try
        {
            await content.ReadExactlyAsync(buffer, stop).ConfigureAwait(false);
        }
        catch (EndOfStreamException)
        {
            throw new IOException("The file changed while it was being sent.");
        }
    }

    /// <summary>SHA-256 of its beginning, in hexadecimal: what makes two files of one size and time differ, mostly.</summary>
    public async Task<string> HeadAsync(CancellationToken stop)
    {
        if (_head is null)
        {
            var head = new byte[(int)Math.Min(Size, FileCipher.LargeFrom)];
            await ReadAsync(0, head, stop).ConfigureAwait(false);
            _head = Convert.ToHexStringLower(SHA256.HashData(head));
        }
        return _head;
    }

    /// <summary>Whoever wrote to the file while it was read has two halves of two files.</summary>
    /// <exception cref="IOException">Somebody did.</exception>
    public void CheckUnchanged()
    {
        if (path is not null && (File.GetLastWriteTimeUtc(path).Ticks != modified || content.Length != Size))
        {
            throw new IOException("The file changed while it was being sent.");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => IsBorrowed ? ValueTask.CompletedTask : content.DisposeAsync();
}
