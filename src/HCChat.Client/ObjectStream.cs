using System.Security.Cryptography;
using HCChat.Crypto;

namespace HCChat.Client;

/// <summary>
/// The bytes of an object as they come from the store, from some byte on. When the connection breaks or the address has run out, they go on where they were, from a fresh one.
/// </summary>
internal sealed class ObjectStream(
    ObjectServer server,
    SharedFile file,
    ChatOptions options,
    Action<long, long?> told,
    long from = 0
) : ArrivingStream
{
    private readonly Persistence _persistence = new(options.Time, options.TransferPatience);
    private HttpResponseMessage? _response;
    private Stream? _body;
    private long _at = from;
    private long? _total;

    /// <inheritdoc/>
    public override long Position
    {
        get => _at;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <exception cref="E2eeException"><see cref="E2eeError.Trailing"/>: it is larger than what it shall be can be.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0 || _at == _total)
        {
            return 0;
        }
        var read = await _persistence
            .TryAsync(() => ReadOnceAsync(buffer, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        if (read > 0)
        {
            _persistence.Progressed();
            _at += read;
            told(_at, _total);
        }
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Drop();
        base.Dispose(disposing);
    }

    private async Task<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken stop)
    {
        using var stall = new Stall(options.Time, stop);
        var address = _response?.RequestMessage?.RequestUri;
        try
        {
            if (_body is null)
            {
                address = await OpenAsync(stall, stop).ConfigureAwait(false);
                if (_at == _total)
                {
                    return 0;
                }
            }
            var read = await _body!.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
            if (read == 0 && _total is { } total && _at < total)
            {
                throw new IOException("the store ended too early");
            }
            _total ??= read == 0 ? _at : null;
            return read;
        }
        catch (Exception e) when (stall.IsCauseOf(e))
        {
            Drop();
            throw ObjectServer.Unreachable(address!, e);
        }
    }

    private async Task<Uri> OpenAsync(Stall stall, CancellationToken stop)
    {
        var place = await server.PlaceAsync(file, stop).ConfigureAwait(false);
        Limit(place.Bytes);
        if (_at > place.Bytes)
        {
            throw new E2eeException(E2eeError.Truncated); // more is here than there ever was
        }
        if (_at == place.Bytes)
        {
            _total = _at;
            return place.Address;
        }
        _response = await server.GetAsync(place.Address, _at, stall).ConfigureAwait(false);
        var length = _response.Content.Headers.ContentLength;
        if (_at > 0 && _response.Content.Headers.ContentRange?.From != _at)
        {
            Drop();
            throw ObjectServer.Unreachable(place.Address, new IOException("the store gives no ranges"));
        }
        _total = length + _at ?? place.Bytes;
        Limit(_total);
        _body = await _response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        return place.Address;
    }

    private void Limit(long? bytes)
    {
        if (bytes > file.MaxStored)
        {
            Drop();
            throw new E2eeException(E2eeError.Trailing);
        }
    }

    private void Drop()
    {
        _body?.Dispose();
        _response?.Dispose();
        (_body, _response) = (null, null);
    }
}

/// <summary>Passes bytes on, and refuses their end when their hash is another than it shall be.</summary>
internal sealed class HashedStream(Stream inner, byte[] sha256) : ArrivingStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _ended;

    /// <inheritdoc/>
    /// <exception cref="E2eeException"><see cref="E2eeError.Auth"/>: at the end, another object.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (read > 0)
        {
            _hash.AppendData(buffer.Span[..read]);
        }
        else if (!_ended && buffer.Length > 0)
        {
            _ended = true;
            if (!_hash.GetHashAndReset().AsSpan().SequenceEqual(sha256))
            {
                throw new E2eeException(E2eeError.Auth);
            }
        }
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }
}
