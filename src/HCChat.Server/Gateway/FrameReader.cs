using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;
using HCChat.Protocol;

namespace HCChat.Server.Gateway;

/// <summary>What came in.</summary>
internal enum Received
{
    /// <summary>A whole message.</summary>
    Message,

    /// <summary>A message over the limit, read past and not kept.</summary>
    Skipped,

    /// <summary>A ping; its payload wants a pong.</summary>
    Ping,

    /// <summary>A pong.</summary>
    Pong,

    /// <summary>A close frame.</summary>
    Close,

    /// <summary>The peer broke a rule; the code says which.</summary>
    Violation,

    /// <summary>The transport ended.</summary>
    End,
}

/// <summary>
/// Reads WebSocket frames (RFC 6455 §5) of a client. Memory is bounded by <see cref="Limits.MaxFrame"/> whatever the peer sends:
/// buffers grow with what has arrived, never with what is announced.
/// </summary>
internal sealed class FrameReader(Stream stream) : IDisposable
{
    private const int BufferSize = 4096;
    private const int MaxControlPayload = 125;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _start;
    private int _end;

    private byte[]? _message;
    private int _length;
    private long _skipped;
    private int _fragments;
    private bool _isText;

    /// <summary>The message, or the payload of a ping or a close frame; good until the next read.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>How large the message was, bytes; also one that was skipped.</summary>
    public int Size { get; private set; }

    /// <summary>The code of a close frame or of a violation.</summary>
    public CloseCode Code { get; private set; }

    /// <summary>Whether a message that is a little too large is read past instead of being a violation.</summary>
    public bool SkipsOversized { get; set; }

    /// <summary>True once the peer has sent anything, which proves that it has the upgrade response.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>Reads up to the next thing that is of interest.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<Received> ReadAsync(CancellationToken cancel)
    {
        if (_fragments == 0)
        {
            Release();
        }
        while (true)
        {
            if (!await FillAsync(2, cancel))
            {
                return Received.End;
            }
            var (final, opcode) = ((_buffer[_start] & 0x80) != 0, _buffer[_start] & 0x0F);
            var headerLength = HeaderLength(_buffer[_start + 1]);
            if (!IsHeaderValid(_buffer[_start], _buffer[_start + 1]))
            {
                return Violation(CloseCode.ProtocolError);
            }
            if (!await FillAsync(headerLength, cancel))
            {
                return Received.End;
            }
            var length = PayloadLength();
            var mask = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start + headerLength - 4));
            _start += headerLength;
            if (length < 0)
            {
                return Violation(CloseCode.ProtocolError);
            }
            if (opcode >= 8)
            {
                return await ReadControlAsync(opcode, (int)length, mask, cancel);
            }
            if (opcode == 0 == (_fragments == 0) || ++_fragments > Limits.MaxFragments)
            {
                return Violation(CloseCode.ProtocolError);
            }
            if (opcode != 0)
            {
                _isText = opcode == 1;
                _skipped = 0;
            }
            // Written so that nothing can overflow: a peer may announce any length up to 2^63.
            var limit = SkipsOversized ? Limits.MaxSkippedFrame : Limits.MaxFrame;
            if (length > limit - _skipped - _length)
            {
                return Violation(CloseCode.TooBig);
            }
            if (!await ReadDataAsync(length, mask, cancel))
            {
                return Received.End;
            }
            if (final)
            {
                return FinishMessage();
            }
        }
    }

    /// <summary>
    /// Reads and forgets what the peer still sends, so that our close frame is not lost with unread data; up to a
    /// megabyte, for a peer with hundreds under way had better wait than keep us busy.
    /// </summary>
    public async Task DiscardAsync(CancellationToken cancel)
    {
        var read = 1;
        for (var discarded = 0; discarded < Limits.MaxSkippedFrame && read > 0; discarded += read)
        {
            read = await stream.ReadAsync(_buffer, cancel);
        }
        if (read > 0)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
        }
    }

    public void Dispose()
    {
        Release();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private Received FinishMessage()
    {
        _fragments = 0;
        Size = (int)Math.Max(_skipped, _length);
        if (_skipped > 0)
        {
            return Received.Skipped;
        }
        Payload = _message.AsMemory(0, _length);
        return _isText && !Utf8.IsValid(Payload.Span) ? Violation(CloseCode.InvalidData) : Received.Message;
    }

    private Received Violation(CloseCode code)
    {
        Code = code;
        return Received.Violation;
    }

    private async ValueTask<Received> ReadControlAsync(int opcode, int length, uint mask, CancellationToken cancel)
    {
        if (!await FillAsync(length, cancel))
        {
            return Received.End;
        }
        Unmask(_buffer.AsSpan(_start, length), mask, 0);
        Payload = _buffer.AsMemory(_start, length);
        _start += length;
        return opcode switch
        {
            9 => Received.Ping,
            10 => Received.Pong,
            _ => ReadClose(),
        };
    }

    // RFC 6455 §5.5.1, §7.4: no payload, or a code that may be sent and a reason in UTF-8.
    private Received ReadClose()
    {
        Code = CloseCode.None;
        if (Payload.Length == 0)
        {
            return Received.Close;
        }
        if (Payload.Length == 1)
        {
            return Violation(CloseCode.ProtocolError);
        }
        var code = BinaryPrimitives.ReadUInt16BigEndian(Payload.Span);
        if (code is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999)))
        {
            return Violation(CloseCode.ProtocolError);
        }
        Code = (CloseCode)code;
        return Utf8.IsValid(Payload.Span[2..]) ? Received.Close : Violation(CloseCode.InvalidData);
    }

    private async ValueTask<bool> ReadDataAsync(long length, uint mask, CancellationToken cancel)
    {
        var done = 0L;
        while (done < length)
        {
            if (_start == _end && !await FillAsync(1, cancel))
            {
                return false;
            }
            var piece = _buffer.AsMemory(_start, (int)Math.Min(_end - _start, length - done));
            if (_skipped > 0 || _length + length - done > Limits.MaxFrame)
            {
                _skipped += piece.Length + _length;
                Release();
            }
            else
            {
                Append(piece.Span);
                Unmask(_message.AsSpan(_length - piece.Length, piece.Length), mask, (int)(done & 3));
            }
            piece.Span.Clear();
            _start += piece.Length;
            done += piece.Length;
        }
        return true;
    }

    private void Append(ReadOnlySpan<byte> piece)
    {
        if (_message is null || _message.Length < _length + piece.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + piece.Length, 2 * _length));
            if (_message is not null)
            {
                _message.AsSpan(0, _length).CopyTo(larger);
                _message.AsSpan(0, _length).Clear();
                ArrayPool<byte>.Shared.Return(_message);
            }
            _message = larger;
        }
        piece.CopyTo(_message.AsSpan(_length));
        _length += piece.Length;
    }

    // Nothing of a message stays behind: it may hold a pass code, or the app's secret.
    private void Release()
    {
        if (_message is not null)
        {
            _message.AsSpan(0, _length).Clear();
            ArrayPool<byte>.Shared.Return(_message);
            _message = null;
        }
        _length = 0;
    }

    private async ValueTask<bool> FillAsync(int count, CancellationToken cancel)
    {
        while (_end - _start < count)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
            if (read == 0)
            {
                return false;
            }
            HasReceived = true;
            _end += read;
        }
        return true;
    }

    // No extension is negotiated, so the reserved bits are 0; a client always masks; a control frame is short and whole.
    private static bool IsHeaderValid(byte first, byte second)
    {
        var opcode = first & 0x0F;
        return (first & 0x70) == 0
            && (second & 0x80) != 0
            && opcode is <= 2 or (>= 8 and <= 10)
            && (opcode < 8 || ((first & 0x80) != 0 && (second & 0x7F) <= MaxControlPayload));
    }

    private static int HeaderLength(byte second) =>
        (second & 0x7F) switch
        {
            127 => 14,
            126 => 8,
            _ => 6,
        };

    // Negative when the most significant bit is set, which RFC 6455 §5.2 forbids.
    private long PayloadLength() =>
        (_buffer[_start + 1] & 0x7F) switch
        {
            127 => BinaryPrimitives.ReadInt64BigEndian(_buffer.AsSpan(_start + 2)),
            126 => BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start + 2)),
            var small => small,
        };

    private static void Unmask(Span<byte> data, uint mask, int offset)
    {
        mask = uint.RotateRight(mask, 8 * offset);
        var i = 0;
        var wide = ((ulong)mask << 32) | mask;
        for (; i + 8 <= data.Length; i += 8)
        {
            var eight = data[i..];
            BinaryPrimitives.WriteUInt64LittleEndian(eight, BinaryPrimitives.ReadUInt64LittleEndian(eight) ^ wide);
        }
        for (; i < data.Length; i++)
        {
            data[i] ^= (byte)(mask >> (8 * (i & 3)));
        }
    }
}
