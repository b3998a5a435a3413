using System.Buffers.Binary;

namespace HCChat.Rtc.Transport;

/// <summary>How a message is to go.</summary>
/// <param name="MaxRetransmits">How often a lost piece is sent again at most; null: until it is there.</param>
internal readonly record struct SctpDelivery(ushort Stream, uint Protocol, bool IsOrdered, ushort? MaxRetransmits);

/// <summary>
/// What goes out in one association: a bounded queue, what is on its way, repetition, and giving up (RFC 9260 sections 6 and 7, RFC 3758). Congestion control is the
/// RFC's in its plain form.
/// </summary>
internal sealed class SctpOutbound
{
    /// <summary>Bytes that are queued or on their way at most; beyond that messages are refused.</summary>
    public const int Capacity = 512 << 10;

    private const int DataHeader = 12;
    private const int PieceLength = SctpWriter.LongestPacket - SctpPacket.Header - SctpPacket.ChunkHeader - DataHeader;
    private const int CostOfKeeping = 64;
    private const int FirstWindow = 10 * PieceLength;
    private const int LargestWindow = 256 << 10;
    private const int MaxSkips = 64;
    private const byte Ending = 1;
    private const byte Beginning = 2;
    private const byte Unordered = 4;

    private readonly Queue<Message> _waiting = [];

    // Consecutive numbers, the oldest in front: the place of a number is its distance from the first.
    private readonly List<Piece> _flight = [];
    private readonly Dictionary<ushort, ushort> _sequences = [];
    private readonly Dictionary<ushort, ushort> _skipped = [];
    private readonly RetransmissionTimer _timer = new();
    private int _offset;
    private int _queued;
    private int _inFlight;
    private int _window = FirstWindow;
    private int _threshold = LargestWindow;
    private int _ackedInWindow;
    private uint _peerWindow = PieceLength;
    private uint _next;
    private uint _acked;
    private uint _givenUp;
    private uint _recoverUntil;
    private bool _isRecovering;
    private bool _forwardDue;

    /// <param name="first">The number of our first chunk.</param>
    public SctpOutbound(uint first)
    {
        _next = first;
        _acked = _givenUp = first - 1;
    }

    /// <summary>The number of the last chunk that has been sent.</summary>
    public uint LastSent => _next - 1;

    /// <summary>Queues a message. False: there is no room.</summary>
    public bool Enqueue(SctpDelivery how, ReadOnlySpan<byte> bytes)
    {
        var cost = bytes.Length + CostOfKeeping;
        if (bytes.IsEmpty || bytes.Length > SctpInbound.MaxMessage || _queued + cost > Capacity)
            return false;
        ushort sequence = 0;
        if (how.IsOrdered)
        {
            _sequences.TryGetValue(how.Stream, out sequence);
            _sequences[how.Stream] = (ushort)(sequence + 1);
        }
        _queued += cost;
        _waiting.Enqueue(new Message(how, sequence, bytes.ToArray()));
        return true;
    }

    /// <summary>A stream begins anew: its count, and without what still waits.</summary>
    public void Reset(ushort stream)
    {
        _sequences.Remove(stream);
        foreach (var message in _waiting.Where(m => m.How.Stream == stream))
            message.IsGivenUp = true;
    }

    /// <summary>How much the peer takes.</summary>
    public void SetPeerWindow(uint window) => _peerWindow = window;

    /// <summary>Fills a packet: what is given up, what is to be repeated, what is new.</summary>
    public void Fill(ref SctpWriter writer, long now)
    {
        if (_forwardDue)
            WriteForward(ref writer);
        foreach (var piece in _flight)
            if (piece.IsLost && !TrySend(ref writer, piece, now))
                return;
        while (TryNext(out var message))
        {
            var length = Math.Min(PieceLength, message.Bytes.Length - _offset);
            // One piece may always be on its way: a window of nothing is asked by it whether it is still so.
            if (_inFlight > 0 && _inFlight + length > Math.Min((uint)_window, _peerWindow))
                return;
            if (writer.Room < DataHeader + length)
                return;
            var piece = new Piece(message, _next++, _offset, length);
            _flight.Add(piece);
            Send(ref writer, piece, now);
            _offset += length;
            if (_offset < message.Bytes.Length)
                continue;
            _waiting.Dequeue();
            _offset = 0;
        }
    }

    /// <summary>The peer tells what has come.</summary>
    public void Acknowledge(ReadOnlySpan<byte> sack, long now)
    {
        if (sack.Length < 12)
            return;
        var cumulative = BinaryPrimitives.ReadUInt32BigEndian(sack);
        if ((int)(cumulative - _acked) < 0 || (int)(cumulative - LastSent) > 0)
            return;
        _peerWindow = BinaryPrimitives.ReadUInt32BigEndian(sack[4..]);
        var hasAdvanced = cumulative != _acked;
        var wasFull = _inFlight + PieceLength > _window;
        var bytes = Remove(cumulative, now);
        if ((int)(_givenUp - _acked) < 0)
            _givenUp = _acked;
        if (_isRecovering && (int)(cumulative - _recoverUntil) >= 0)
            _isRecovering = false;
        var highest = MarkGaps(sack, now);
        if (highest >= 0)
            CountMissing(highest);
        if (hasAdvanced && wasFull && !_isRecovering)
            Grow(bytes);
        GiveUp();
        _forwardDue = _givenUp != _acked;
        if (_flight.Count == 0)
            _timer.Stop();
        else if (hasAdvanced)
            _timer.Start(now);
    }

    /// <summary>
    /// Whether time has passed so that something is to be sent again. It is tried for as long as there is the peer: whether it has gone, ICE tells.
    /// </summary>
    public bool Tick(long now)
    {
        if (!_timer.HasExpired(now))
            return false;
        _threshold = Math.Max(_window / 2, 4 * PieceLength);
        _window = PieceLength;
        _isRecovering = false;
        foreach (var piece in _flight)
            if (piece is { IsAcked: false, IsGivenUp: false })
                Lose(piece);
        GiveUp();
        _forwardDue = _givenUp != _acked;
        _timer.BackOff(now);
        return true;
    }

    private bool TryNext(out Message message)
    {
        while (_waiting.TryPeek(out message!))
        {
            if (!message.IsGivenUp)
                return true;
            _waiting.Dequeue();
            // What has gone of it is given back with its pieces.
            _queued -= message.Bytes.Length - _offset + CostOfKeeping;
            _offset = 0;
        }
        return false;
    }

    private bool TrySend(ref SctpWriter writer, Piece piece, long now)
    {
        if (writer.Room < DataHeader + piece.Length || _inFlight > 0 && _inFlight + piece.Length > _window)
            return false;
        piece.IsLost = false;
        piece.Missed = 0;
        Send(ref writer, piece, now);
        return true;
    }

    private void Send(ref SctpWriter writer, Piece piece, long now)
    {
        var message = piece.Message;
        var flags =
            (message.How.IsOrdered ? 0 : Unordered)
            | (piece.Offset == 0 ? Beginning : 0)
            | (piece.Offset + piece.Length == message.Bytes.Length ? Ending : 0);
        var value = writer.Add(SctpType.Data, (byte)flags, DataHeader + piece.Length);
        BinaryPrimitives.WriteUInt32BigEndian(value, piece.Tsn);
        BinaryPrimitives.WriteUInt16BigEndian(value[4..], message.How.Stream);
        BinaryPrimitives.WriteUInt16BigEndian(value[6..], message.Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(value[8..], message.How.Protocol);
        message.Bytes.AsSpan(piece.Offset, piece.Length).CopyTo(value[DataHeader..]);
        piece.SentAt = now;
        piece.Tries++;
        _inFlight += piece.Length;
        _timer.StartIfStopped(now);
    }

    private int Remove(uint cumulative, long now)
    {
        var count = 0;
        var bytes = 0;
        foreach (var piece in _flight)
        {
            if ((int)(piece.Tsn - cumulative) > 0)
                break;
            count++;
            bytes += Settle(piece, now);
            _queued -= piece.Length + (piece.Offset + piece.Length == piece.Message.Bytes.Length ? CostOfKeeping : 0);
        }
        _flight.RemoveRange(0, count);
        _acked = cumulative;
        return bytes;
    }

    private int Settle(Piece piece, long now)
    {
        if (piece.IsAcked || piece.IsGivenUp)
            return 0;
        piece.IsAcked = true;
        if (piece.IsLost)
            piece.IsLost = false;
        else
            _inFlight -= piece.Length;
        if (piece.Tries == 1)
            _timer.Measure(now - piece.SentAt);
        return piece.Length;
    }

    // Returns the place of the highest number that has come since the last report, or -1.
    private int MarkGaps(ReadOnlySpan<byte> sack, long now)
    {
        int count = BinaryPrimitives.ReadUInt16BigEndian(sack[8..]);
        var from = 0;
        var highest = -1;
        for (var at = 12; count-- > 0 && at + 4 <= sack.Length; at += 4)
        {
            // A distance of 1 is the first that is on its way.
            var start = BinaryPrimitives.ReadUInt16BigEndian(sack[at..]) - 1;
            var end = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(sack[(at + 2)..]) - 1, _flight.Count - 1);
            for (from = Math.Max(from, start); from <= end; from++)
                if (Settle(_flight[from], now) > 0)
                    highest = from;
        }
        return highest;
    }

    // Section 7.2.4: what three reports passed over is lost.
    private void CountMissing(int highest)
    {
        for (var i = 0; i < highest; i++)
        {
            var piece = _flight[i];
            if (piece.IsAcked || piece.IsGivenUp || piece.IsLost || ++piece.Missed < 3)
                continue;
            Lose(piece);
            if (_isRecovering)
                continue;
            _isRecovering = true;
            _recoverUntil = LastSent;
            _threshold = Math.Max(_window / 2, 4 * PieceLength);
            _window = _threshold;
        }
    }

    private void Lose(Piece piece)
    {
        if (!piece.IsLost)
            _inFlight -= piece.Length;
        piece.IsLost = true;
        if (piece.Message.How.MaxRetransmits is { } most && piece.Tries > most)
            piece.Message.IsGivenUp = true;
    }

    // RFC 3758 section 3.5: a message is given up as a whole, and the peer is told up to where it need not wait.
    private void GiveUp()
    {
        foreach (var piece in _flight)
        {
            if (!piece.Message.IsGivenUp || piece.IsGivenUp)
                continue;
            // Also one that has come: alone it is of no use, and the peer would keep it.
            if (!piece.IsLost && !piece.IsAcked)
                _inFlight -= piece.Length;
            piece.IsLost = false;
            piece.IsGivenUp = true;
        }
        _skipped.Clear();
        foreach (var piece in _flight)
        {
            if (!piece.IsGivenUp || _skipped.Count >= MaxSkips)
                break;
            _givenUp = piece.Tsn;
            if (piece.Message.How.IsOrdered)
                _skipped[piece.Message.How.Stream] = piece.Message.Sequence;
        }
    }

    private void WriteForward(ref SctpWriter writer)
    {
        _forwardDue = false;
        var value = writer.Add(SctpType.ForwardTsn, 0, 4 + 4 * _skipped.Count);
        BinaryPrimitives.WriteUInt32BigEndian(value, _givenUp);
        foreach (var (stream, sequence) in _skipped)
        {
            value = value[4..];
            BinaryPrimitives.WriteUInt16BigEndian(value, stream);
            BinaryPrimitives.WriteUInt16BigEndian(value[2..], sequence);
        }
    }

    // Sections 7.2.1 and 7.2.2.
    private void Grow(int acked)
    {
        if (_window <= _threshold)
            _window += Math.Min(acked, PieceLength);
        else if ((_ackedInWindow += acked) >= _window)
        {
            _ackedInWindow -= _window;
            _window += PieceLength;
        }
        _window = Math.Min(_window, LargestWindow);
    }

    private sealed class Message(SctpDelivery how, ushort sequence, byte[] bytes)
    {
        public SctpDelivery How { get; } = how;

        public ushort Sequence { get; } = sequence;

        public byte[] Bytes { get; } = bytes;

        public bool IsGivenUp { get; set; }
    }

    private sealed class Piece(Message message, uint tsn, int offset, int length)
    {
        public Message Message { get; } = message;

        public uint Tsn { get; } = tsn;

        public int Offset { get; } = offset;

        public int Length { get; } = length;

        public long SentAt { get; set; }

        public int Tries { get; set; }

        public int Missed { get; set; }

        /// <summary>Neither on its way nor there: to be sent again.</summary>
        public bool IsLost { get; set; }

        public bool IsAcked { get; set; }

        public bool IsGivenUp { get; set; }
    }
}
