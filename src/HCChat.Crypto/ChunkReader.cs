namespace HCChat.Crypto;

/// <summary>Cuts a stream into chunks of one size and knows, with each chunk, whether it is the last. An empty stream is one empty chunk.</summary>
internal sealed class ChunkReader
{
    private readonly Stream source;
    private readonly int size;
    private readonly int tail;
    private readonly byte[] buffer; // a chunk handed out, then what was read ahead
    private int start;
    private int end;
    private bool exhausted;

    /// <summary>Chunks of <paramref name="size"/> bytes; when <paramref name="tail"/> is given the stream's last bytes, so many, are a chunk of their own.</summary>
    public ChunkReader(Stream source, int size, int tail = 0)
    {
        this.source = source;
        this.size = size;
        this.tail = tail;
        buffer = new byte[(size * 2) + tail + 1];
    }

    /// <summary>Was the chunk just handed out the last one?</summary>
    public bool AtEnd => exhausted && start == end;

    /// <summary>The chunk sizes that may be asked of us, in bytes.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: below 4,096 or above 1,048,576.</exception>
    public static void CheckSize(int chunkSize)
    {
        if (chunkSize is < 4_096 or > 1_048_576)
        {
            throw new E2eeException(E2eeError.Format);
        }
    }

    /// <summary>The next chunk; valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken stop)
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        var ahead = size + tail + 1; // enough to know whether this chunk is the last, and where the tail begins
        while (!exhausted && end < ahead)
        {
            var read = await source.ReadAsync(buffer.AsMemory(end, ahead - end), stop).ConfigureAwait(false);
            exhausted = read == 0;
            end += read;
        }
        var beforeTail = exhausted && end > tail ? end - tail : end;
        var taken = Math.Min(size, exhausted && tail > 0 && end > tail ? beforeTail : end);
        start = taken;
        return buffer.AsMemory(0, taken);
    }
}
