namespace HCChat.Crypto;

/// <summary>Passes on so many bytes, and holds what follows to be zeroes alone.</summary>
internal sealed class UnpaddedStream(Stream output, long size) : Stream
{
    private long _left = size;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Nothing more comes.</summary>
    /// <exception cref="E2eeException"><see cref="E2eeError.Truncated"/>: it was too little.</exception>
    public void CheckEnd()
    {
        if (_left > 0)
        {
            throw new E2eeException(E2eeError.Truncated);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="E2eeException"><see cref="E2eeError.Format"/>: something that is not zero behind the end.</exception>
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        var taken = (int)Math.Min(_left, buffer.Length);
        if (buffer.Span[taken..].ContainsAnyExcept((byte)0))
        {
            throw new E2eeException(E2eeError.Format);
        }
        _left -= taken;
        if (taken > 0)
        {
            await output.WriteAsync(buffer[..taken], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
