namespace HCChat.Crypto;

/// <summary>Cuts a stream into chunks of one size and knows, with each chunk, whether it is the last. An empty stream is one empty chunk.</summary>
internal sealed class ChunkReader
{
    private readonly Stream _source;
    private readonly int _size;
    private readonly int _tail;
    private readonly byte[] _buffer; // a chunk handed out, then what was read ahead
    private int _start;
    private int _end;
    private bool _exhausted;

    /// <summary>Chunks of <paramref name="size"/> bytes; when <paramref name="tail"/> is given the stream's last bytes, so many, are a chunk of their own.</summary>
    public ChunkReader(Stream source, int size, int tail = 0)
    {
        _source = source;
        _size = size;
        _tail = tail;
        _buffer = new byte[(size * 2) + tail + 1];
    }

    /// <summary>Was the chunk just handed out the last one?</summary>
    public bool AtEnd => _exhausted && _start == _end;

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
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var ahead = _size + _tail + 1; // enough to know whether this chunk is the last, and where the tail begins
        while (!_exhausted && _end < ahead)
        {
            var read = await _source.ReadAsync(_buffer.AsMemory(_end, ahead - _end), stop).ConfigureAwait(false);
            _exhausted = read == 0;
            _end += read;
        }
        var beforeTail = _exhausted && _end > _tail ? _end - _tail : _end;
        var taken = Math.Min(_size, _exhausted && _tail > 0 && _end > _tail ? beforeTail : _end);
        _start = taken;
        return _buffer.AsMemory(0, taken);
    }
}
