using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;

namespace HCChat.Storage;

/// <summary>
/// The body of a request that stores something: as it stands, or in S3's own chunks (<c>aws-chunked</c>; Amazon S3 API reference, "Signature Calculations for the
/// Authorization Header: Transferring Payload in Multiple Chunks"). What comes out is counted and compared with all that was said of it; it counts only when
/// <see cref="CopyToAsync"/> has returned.
/// </summary>
internal sealed class Payload : IDisposable
{
    /// <summary>As S3 has it.</summary>
    public const long MaxLength = 5L << 30;

    /// <summary>Most bytes of one that comes by an address which was given out.</summary>
    public const long MaxGivenOut = 64L << 20;

    /// <summary>
    /// How long one may take to arrive: whoever removes an object has to know when nothing can come any more that was begun before. 64 MiB at 56 KB/s.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    private const int MaxLine = 512;
    private const int MaxTrailers = 8;
    private const string Streaming = "STREAMING-";
    private const string SignedChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    private const string SignedChunksAndTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    private const string UnsignedAndTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    private readonly PipeReader _body;
    private readonly Signature _signature;
    private readonly string _trailer;
    private long _left;

    private Payload(HttpRequest request, Signature signature, long length)
    {
        (_body, _signature, Length, _left) = (request.BodyReader, signature, length, length);
        _trailer = request.Headers["x-amz-trailer"].ToString().ToLowerInvariant();
    }

    /// <summary>Bytes that will come out.</summary>
    public long Length { get; }

    /// <summary>What is reckoned of them.</summary>
    public Checksums Checksums { get; } = new();

    /// <summary>Reads what the request says of its body.</summary>
    /// <exception cref="S3Error">It says too little, or what cannot be.</exception>
    public static Payload Of(HttpRequest request, RequestTarget target, Signature signature)
    {
        var chunked = signature.Payload.StartsWith(Streaming, StringComparison.Ordinal);
        if (
            chunked
                ? signature.Payload is not (SignedChunks or SignedChunksAndTrailer or UnsignedAndTrailer)
                : signature.Payload != Signature.Unsigned && !IsHash(signature.Payload)
        )
        {
            throw S3Error.Invalid(
                "x-amz-content-sha256 is a SHA-256 in hex or one of S3's words for a body that is not hashed."
            );
        }
        if (request.ContentLength is not { } sent)
        {
            throw S3Error.NoLength();
        }
        var length = chunked ? Decoded(request) : sent;
        if (length > MaxLength)
        {
            throw S3Error.TooLarge();
        }
        if (signature.IsInAddress && length > MaxGivenOut)
        {
            throw S3Error.TooLargeForAddress();
        }
        var payload = new Payload(request, signature, length);
        payload.ReadPromises(request, target);
        return payload;
    }

    /// <summary>Hands over every byte, then checks what was promised of them.</summary>
    /// <exception cref="S3Error">What came is not what was promised.</exception>
    public async Task CopyToAsync(Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken ended)
    {
        if (_signature.Payload.StartsWith(Streaming, StringComparison.Ordinal))
        {
            await CopyChunksAsync(take, ended);
        }
        else
        {
            await CopyAsync(_left, take, null, ended);
        }
        if (_left != 0)
        {
            throw S3Error.Incomplete();
        }
        Checksums.Check();
        if (IsHash(_signature.Payload) && Convert.ToHexStringLower(Checksums.Sha256Hash) != _signature.Payload)
        {
            throw S3Error.BadPayloadHash();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Checksums.Dispose();

    private static long Decoded(HttpRequest request) =>
        long.TryParse(
            request.Headers["x-amz-decoded-content-length"].ToString(),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var length
        )
            ? length
            : throw S3Error.NoLength();

    // Headers that SDKs write into presigned addresses count as if they had been sent.
    private void ReadPromises(HttpRequest request, RequestTarget target)
    {
        var promises = request
            .Headers.Select(h => (Name: h.Key.ToLowerInvariant(), Value: h.Value.ToString()))
            .Concat(target.Query.Select(q => (Name: q.Key.ToLowerInvariant(), q.Value)));
        foreach (var (name, value) in promises)
        {
            var isChecksum = name.StartsWith("x-amz-checksum-", StringComparison.Ordinal);
            if (
                name == "content-md5"
                || (isChecksum && name is not ("x-amz-checksum-algorithm" or "x-amz-checksum-type"))
            )
            {
                Checksums.Promise(name, value);
            }
        }
        if (_trailer.Length > 0)
        {
            Checksums.Promise(_trailer, "");
        }
    }

    private async Task CopyChunksAsync(Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken ended)
    {
        var signed = _signature.Payload != UnsignedAndTrailer;
        while (true)
        {
            var (size, signature) = ParseChunk(await ReadLineAsync(ended), signed);
            if (size > _left)
            {
                throw S3Error.Incomplete();
            }
            using var hash = signed ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
            await CopyAsync(size, take, hash, ended);
            if (hash is not null)
            {
                _signature.CheckChunk(hash.GetHashAndReset(), signature);
            }
            if (size == 0)
            {
                break;
            }
            if ((await ReadLineAsync(ended)).Length > 0)
            {
                throw S3Error.Incomplete();
            }
        }
        await ReadTrailersAsync(ended);
        var rest = await _body.ReadAsync(ended);
        var isOver = rest.IsCompleted && rest.Buffer.IsEmpty;
        _body.AdvanceTo(rest.Buffer.Start);
        if (!isOver)
        {
            throw S3Error.Incomplete();
        }
    }

    // 1000;chunk-signature=… or, where chunks are not signed, 1000
    private static (long Size, string Signature) ParseChunk(string line, bool signed)
    {
        const string Name = ";chunk-signature=";
        var semicolon = line.IndexOf(';', StringComparison.Ordinal);
        var size = semicolon < 0 ? line : line[..semicolon];
        if (
            size.Length is < 1 or > 12
            || !size.All(char.IsAsciiHexDigit)
            || signed != (semicolon > 0)
            || (signed && !line[semicolon..].StartsWith(Name, StringComparison.Ordinal))
        )
        {
            throw S3Error.Incomplete();
        }
        return (
            long.Parse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            signed ? line[(semicolon + Name.Length)..] : ""
        );
    }

    private async Task ReadTrailersAsync(CancellationToken ended)
    {
        var (canonical, signature) = ("", "");
        for (var i = 0; ; i++)
        {
            var line = await ReadLineAsync(ended);
            if (line.Length == 0)
            {
                break;
            }
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || i >= MaxTrailers)
            {
                throw S3Error.Incomplete();
            }
            var (name, value) = (line[..colon].ToLowerInvariant(), line[(colon + 1)..].Trim());
            if (name == "x-amz-trailer-signature")
            {
                signature = value;
                continue;
            }
            // Only what was announced under the request's own signature.
            if (name != _trailer)
            {
                throw S3Error.Invalid("The body ends in something that was not announced.");
            }
            canonical += $"{name}:{value}\n";
            Checksums.Promise(name, value);
        }
        if (_signature.Payload == SignedChunksAndTrailer)
        {
            _signature.CheckTrailer(canonical, signature);
        }
        if (_trailer.Length > 0 && canonical.Length == 0)
        {
            throw S3Error.Incomplete();
        }
    }

    private async Task CopyAsync(
        long count,
        Func<ReadOnlyMemory<byte>, ValueTask> take,
        IncrementalHash? hash,
        CancellationToken ended
    )
    {
        while (count > 0)
        {
            var read = await _body.ReadAsync(ended);
            var part = read.Buffer.Slice(0, Math.Min(count, read.Buffer.Length));
            var length = part.Length;
            try
            {
                foreach (var memory in part)
                {
                    Checksums.Append(memory.Span);
                    hash?.AppendData(memory.Span);
                    await take(memory);
                }
            }
            finally
            {
                _body.AdvanceTo(part.End); // else the web server cannot end the request in order
            }
            count -= length;
            _left -= length;
            if (read.IsCompleted && count > 0)
            {
                throw S3Error.Incomplete();
            }
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken ended)
    {
        while (true)
        {
            var read = await _body.ReadAsync(ended);
            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = read.Buffer.Slice(0, end);
                var text = line.Length <= MaxLine ? Encoding.ASCII.GetString(line) : "";
                _body.AdvanceTo(read.Buffer.GetPosition(1, end));
                return text.EndsWith('\r') ? text[..^1] : throw S3Error.Incomplete();
            }
            var length = read.Buffer.Length;
            _body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted || length > MaxLine)
            {
                // Some clients leave out the last empty line.
                return length == 0 ? "" : throw S3Error.Incomplete();
            }
        }
    }

    private static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}
