using System.Buffers.Binary;

namespace HCChat.Rtc.Transport;

/// <summary>
/// Closing of streams (RFC 6525 as RFC 8831 section 6.7 uses it): each side asks for its outgoing half. Other requests are denied.
/// </summary>
internal sealed class SctpResets
{
    private const ushort OutgoingRequest = 13;
    private const ushort Response = 16;
    private const int RequestHeader = 16;
    private const int MaxWaiting = 64;
    private const int MaxAnswers = 8;
    private const long RepeatAfterMs = 1000;
    private const uint Performed = 1;
    private const uint Denied = 2;
    private const uint BadSequence = 5;
    private const uint InProgress = 6;

    private readonly SctpInbound _inbound;
    private readonly SctpOutbound _outbound;
    private readonly Action<ushort> _closed;
    private readonly List<ushort> _wanted = [];
    private readonly Queue<(uint Request, uint Result)> _answers = [];
    private ushort[] _asked = [];
    private uint _nextRequest;
    private uint _lastTsn;
    private long _askedAt;
    private bool _askDue;
    private uint _lastTaken;
    private uint _lastResult = Performed;

    /// <param name="closed">The peer has closed its half of a stream.</param>
    public SctpResets(uint peerTsn, uint tsn, SctpInbound inbound, SctpOutbound outbound, Action<ushort> closed)
    {
        // Section 4.1: requests are counted from the first number of the data.
        _lastTaken = peerTsn - 1;
        _nextRequest = tsn;
        _inbound = inbound;
        _outbound = outbound;
        _closed = closed;
    }

    /// <summary>Our half of a stream is to be closed.</summary>
    public void Request(ushort stream)
    {
        if (_wanted.Count < MaxWaiting && !_wanted.Contains(stream) && !_asked.Contains(stream))
            _wanted.Add(stream);
    }

    /// <summary>A RE-CONFIG chunk has come: one parameter, or two.</summary>
    public void Take(ReadOnlySpan<byte> value)
    {
        while (value.Length >= SctpPacket.ChunkHeader)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(value[2..]);
            if (length < SctpPacket.ChunkHeader || length > value.Length)
                return;
            var type = BinaryPrimitives.ReadUInt16BigEndian(value);
            if (length >= 12 && type == Response)
                OnResponse(Word(value, 4), Word(value, 8));
            else if (length >= 8 && _answers.Count < MaxAnswers)
                OnRequest(type, value[..length]);
            value = value[Math.Min(SctpPacket.Filled(length), value.Length)..];
        }
    }

    /// <summary>Whether the request has to be repeated.</summary>
    public bool Tick(long now)
    {
        if (_asked.Length == 0 || now - _askedAt < RepeatAfterMs)
            return false;
        _askDue = true;
        return true;
    }

    /// <summary>Writes answers, and the request if it is time.</summary>
    public void Write(ref SctpWriter writer, long now)
    {
        while (_answers.TryDequeue(out var answer))
        {
            var value = writer.Add(SctpType.Reconfigure, 0, 12);
            Head(value, Response, 12);
            BinaryPrimitives.WriteUInt32BigEndian(value[4..], answer.Request);
            BinaryPrimitives.WriteUInt32BigEndian(value[8..], answer.Result);
        }
        if (_asked.Length == 0 && _wanted.Count > 0)
        {
            _asked = [.. _wanted];
            _wanted.Clear();
            _lastTsn = _outbound.LastSent;
            _askDue = true;
        }
        if (!_askDue)
            return;
        _askDue = false;
        _askedAt = now;
        WriteRequest(ref writer);
    }

    private void WriteRequest(ref SctpWriter writer)
    {
        var length = RequestHeader + 2 * _asked.Length;
        var value = writer.Add(SctpType.Reconfigure, 0, length);
        Head(value, OutgoingRequest, length);
        BinaryPrimitives.WriteUInt32BigEndian(value[4..], _nextRequest);
        BinaryPrimitives.WriteUInt32BigEndian(value[8..], _lastTaken);
        BinaryPrimitives.WriteUInt32BigEndian(value[12..], _lastTsn);
        for (var i = 0; i < _asked.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(value[(RequestHeader + 2 * i)..], _asked[i]);
    }

    private void OnResponse(uint request, uint result)
    {
        if (_asked.Length == 0 || request != _nextRequest)
            return;
        _nextRequest++;
        if (result != InProgress)
            _asked = [];
    }

    private void OnRequest(ushort type, ReadOnlySpan<byte> parameter)
    {
        var request = Word(parameter, 4);
        var isRepeated = request == _lastTaken;
        if (!isRepeated && request != _lastTaken + 1)
        {
            _answers.Enqueue((request, BadSequence));
            return;
        }
        _lastTaken = request;
        if (!isRepeated || _lastResult == InProgress)
            _lastResult =
                type != OutgoingRequest || parameter.Length < RequestHeader ? Denied
                : (int)(Word(parameter, 12) - _inbound.Cumulative) > 0 ? InProgress
                : Perform(parameter[RequestHeader..]);
        _answers.Enqueue((request, _lastResult));
    }

    private uint Perform(ReadOnlySpan<byte> streams)
    {
        for (; streams.Length >= 2; streams = streams[2..])
        {
            var stream = BinaryPrimitives.ReadUInt16BigEndian(streams);
            _inbound.Reset(stream);
            _closed(stream);
        }
        return Performed;
    }

    private static void Head(Span<byte> parameter, ushort type, int length)
    {
        BinaryPrimitives.WriteUInt16BigEndian(parameter, type);
        BinaryPrimitives.WriteUInt16BigEndian(parameter[2..], (ushort)length);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
}
