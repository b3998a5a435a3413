using System.Buffers.Binary;
using System.Text;
using CsCheck;
using HCChat.Rtc.Transport;
using Microsoft.Extensions.Time.Testing;

namespace HCChat.Tests.Rtc.Transport;

/// <summary>Data channels over a wire that loses and mixes up packets by a plan, in time that the test makes.</summary>
public sealed class DataChannelTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<byte[]> _toServer = [];
    private readonly List<byte[]> _toClient = [];
    private readonly List<(string Label, string Text)> _heard = [];
    private readonly DataChannels _server;
    private readonly SctpClient _client;
    private Func<bool> _isLost = () => false;
    private long _now;

    public DataChannelTests()
    {
        _server = new DataChannels(_time, p => _toClient.Add(p.ToArray()));
        _client = new SctpClient(p => _toServer.Add(p.ToArray()));
    }

    [Fact]
    public void A_client_opens_channels_and_both_sides_speak()
    {
        Open("_reliable");
        Say(0, "hello");
        Settle();
        Assert.Equal([("_reliable", "hello")], _heard);
        Assert.True(_server.Send("_reliable", "answer"u8, binary: false));
        Assert.True(_server.Send("_reliable", [], binary: true));
        Settle();
        Assert.Contains(_client.Received, r => r is { Stream: 0, Protocol: 50, Message: [2] });
        Assert.Contains(
            _client.Received,
            r => r is { Stream: 0, Protocol: 51 } && r.Message.SequenceEqual("answer"u8.ToArray())
        );
        Assert.Contains(_client.Received, r => r is { Stream: 0, Protocol: 57, Message: [0] });
        Assert.False(_server.Send("other", "x"u8, binary: true));
    }

    [Fact]
    public void Our_own_channels_wait_for_the_peer_and_are_announced()
    {
        _server.Open("_reliable", ordered: true, maxRetransmits: null);
        _server.Open("_lossy", ordered: false, maxRetransmits: 0);
        Assert.True(_server.Send("_lossy", "early"u8, binary: true));
        Assert.Empty(_toClient);
        Connect();
        var opens = _client.Received.Where(r => r.Protocol == 50).ToArray();
        Assert.Equal([(ushort)1, (ushort)3], opens.Select(o => o.Stream));
        Assert.Equal([0x00, 0x81], opens.Select(o => (int)o.Message[1]));
        Assert.Equal("_lossy", Encoding.UTF8.GetString(opens[1].Message[12..]));
        Assert.Equal("early", Encoding.UTF8.GetString(_client.Received.Single(r => r.Protocol == 53).Message));
    }

    [Fact]
    public void A_message_of_many_pieces_comes_whole_in_both_directions()
    {
        Open("big");
        var big = new byte[200_000];
        for (var i = 0; i < big.Length; i++)
            big[i] = (byte)(i * 31 >> 3);
        Assert.True(_client.Outbound.Enqueue(new SctpDelivery(0, 53, true, null), big));
        Assert.True(_server.Send("big", big, binary: true));
        Settle();
        Assert.Equal(Encoding.Latin1.GetString(big), Assert.Single(_heard).Text);
        Assert.Equal(big, _client.Received.Single(r => r.Protocol == 53).Message);
    }

    [Fact]
    public void Whatever_is_lost_and_mixed_up_everything_comes_once_and_in_order() =>
        Gen.Int[0, 40]
            .Select(Gen.Int[1, 1_000_000])
            .Sample(
                (lossPercent, seed) =>
                {
                    var wire = new DataChannelTests();
                    wire.Open("r");
                    wire.Lose(lossPercent, (uint)seed);
                    var sent = new List<string>();
                    for (var i = 0; i < 60; i++)
                    {
                        sent.Add($"{i}:" + new string('x', i * i));
                        wire.Say(0, sent[^1]);
                        Assert.True(wire._server.Send("r", Encoding.UTF8.GetBytes(sent[^1]), binary: false));
                    }
                    wire.Settle();
                    Assert.Equal(sent, wire._heard.Select(h => h.Text));
                    Assert.Equal(
                        sent,
                        wire._client.Received.Where(r => r.Protocol == 51)
                            .Select(r => Encoding.UTF8.GetString(r.Message))
                    );
                },
                iter: 20
            );

    [Fact]
    public void What_may_be_lost_is_given_up_and_what_follows_comes()
    {
        Open("_lossy", 0x01, 0);
        Open("_reliable", stream: 2);
        Lose(30, 1);
        for (var i = 0; i < 50; i++)
        {
            Assert.True(_server.Send("_lossy", Encoding.UTF8.GetBytes($"{i}:" + new string('x', 3000)), binary: false));
            Assert.True(_server.Send("_reliable", Encoding.UTF8.GetBytes($"{i}"), binary: false));
            Exchange();
        }
        Settle();
        var lossy = _client.Received.Where(r => r is { Protocol: 51, Stream: 0 }).Select(Number).ToArray();
        Assert.InRange(lossy.Length, 1, 49);
        Assert.Equal(lossy.Order(), lossy);
        Assert.Equal(
            Enumerable.Range(0, 50),
            _client.Received.Where(r => r is { Protocol: 51, Stream: 2 }).Select(Number)
        );
        _isLost = () => false;
        Assert.True(_server.Send("_lossy", "50:"u8, binary: false));
        Settle();
        Assert.Equal(50, Number(_client.Received.Last(r => r.Stream == 0)));
    }

    [Fact]
    public void A_client_may_give_up_too()
    {
        Open("_lossy", 0x81, 0);
        Lose(30, 2);
        for (var i = 0; i < 40; i++)
        {
            _client.Outbound.Enqueue(
                new SctpDelivery(0, 51, i % 2 == 0, 0),
                Encoding.UTF8.GetBytes($"{i}:" + new string('x', 2000))
            );
            _client.Flush(_now);
            Exchange();
        }
        _isLost = () => false;
        Settle();
        Say(0, "end");
        Settle();
        Assert.InRange(_heard.Count, 2, 40);
        Assert.Equal("end", _heard[^1].Text);
        Assert.Equal(_heard.Count, _heard.Distinct().Count());
    }

    [Fact]
    public void A_full_queue_refuses_and_takes_again_when_there_is_room()
    {
        Open("r");
        var message = new byte[60_000];
        var taken = 0;
        while (_server.Send("r", message, binary: true))
            taken++;
        Assert.InRange(taken, 8, SctpOutbound.Capacity / message.Length);
        Settle();
        Assert.True(_server.Send("r", message, binary: true));
        Settle();
        Assert.Equal(taken + 1, _client.Received.Count(r => r.Protocol == 53));
    }

    [Fact]
    public void A_peer_that_leaves_holes_open_is_not_remembered_without_bound()
    {
        Connect();
        // Messages of a stream whose first one is missing, far more of them than are kept.
        for (var i = 1u; i < 20_000; i++)
            _server.Take(Data(0xfffffff0 + i, (ushort)i, new byte[1000]));
        Exchange();
        Assert.Null(_client.Ended);
        // The first one never ends: there is no way on.
        _server.Take(Data(0xfffffff0, 0, new byte[1000], flags: 2));
        Exchange();
        Assert.Equal(SctpType.Abort, _client.Ended);
    }

    [Fact]
    public void A_message_without_an_end_ends_the_association()
    {
        Connect();
        var count = 0u;
        for (; _client.Ended is null; count++)
        {
            _server.Take(Data(0xfffffff0 + count, 0, new byte[1000], flags: count == 0 ? (byte)2 : (byte)0));
            Exchange();
        }
        Assert.InRange(count, 200u, 600u);
    }

    [Fact]
    public void A_closed_channel_is_closed_on_our_side_too()
    {
        Open("a");
        var request = new byte[18];
        (request[1], request[3]) = (13, 18);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(4), 0xfffffff0);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(12), _client.Outbound.LastSent);
        _client.Send(SctpType.Reconfigure, request);
        Exchange();
        var answers = _client.Others.Where(o => o.Type == SctpType.Reconfigure).Select(o => o.Value).ToArray();
        Assert.Equal([(byte)16, (byte)13], answers.Select(a => a[1]));
        Assert.Equal(1u, BinaryPrimitives.ReadUInt32BigEndian(answers[0].AsSpan(8)));
        Assert.False(_server.Send("a", "x"u8, binary: true));
        // It asks until it is answered.
        _client.Others.Clear();
        Wait(1000);
        Assert.Equal(13, Assert.Single(_client.Others).Value[1]);
        byte[] response = [0, 16, 0, 12, .. answers[1][4..8], 0, 0, 0, 1];
        _client.Send(SctpType.Reconfigure, response);
        Exchange();
        _client.Others.Clear();
        Wait(3000);
        Assert.Empty(_client.Others);
        // And the same number can be opened again.
        _client.Outbound.Reset(0);
        _client.Inbound.Reset(0);
        Open("b");
        Assert.True(_server.Send("b", "x"u8, binary: true));
    }

    [Fact]
    public void A_heartbeat_is_answered_with_what_it_carries()
    {
        Connect();
        _client.Send(SctpType.Heartbeat, [0, 1, 0, 8, 1, 2, 3, 4]);
        Exchange();
        Assert.Equal(
            (SctpType.HeartbeatAck, "0001000801020304"),
            (_client.Others[0].Type, Convert.ToHexString(_client.Others[0].Value))
        );
    }

    [Fact]
    public void A_shutdown_is_answered_and_a_new_association_may_follow()
    {
        Open("a");
        _client.Send(SctpType.Shutdown, new byte[4]);
        Exchange();
        Assert.Equal(SctpType.ShutdownAck, _client.Ended);
        var second = new SctpClient(p => _toServer.Add(p.ToArray()), tag: 99, firstTsn: 5);
        second.Connect();
        second.OpenChannel(0, "b");
        for (var i = 0; i < 10; i++)
            Pass(second);
        Assert.True(second.IsUp);
        Assert.False(_server.Send("a", "x"u8, binary: true));
        Assert.True(_server.Send("b", "x"u8, binary: true));
    }

    [Fact]
    public void Packets_with_a_wrong_tag_cookie_or_checksum_do_nothing()
    {
        Connect();
        _client.Send(SctpType.Abort, [], _client.PeerTag + 1);
        _client.Send(SctpType.CookieEcho, new byte[16]);
        Exchange();
        _client.Send(SctpType.Heartbeat, [0, 1, 0, 4]);
        _toServer[^1][8] ^= 1;
        Exchange();
        Assert.Empty(_client.Others);
        _client.Send(SctpType.Heartbeat, [0, 1, 0, 4]);
        Exchange();
        Assert.Single(_client.Others);
    }

    [Fact]
    public void Whoever_is_silent_for_long_gets_all_of_it_when_they_are_back()
    {
        Open("r");
        _isLost = () => true;
        Assert.True(_server.Send("r", "x"u8, binary: true));
        for (var i = 0; i < 200; i++)
            Wait(1000);
        _isLost = () => false;
        Settle();
        Assert.Single(_client.Received, r => r.Protocol == 53);
    }

    [Fact]
    public void Channels_are_bounded_in_number()
    {
        Connect();
        for (ushort i = 0; i < DataChannels.MaxChannels + 10; i++)
            _client.OpenChannel((ushort)(i * 2), $"c{i}");
        _client.Flush(_now);
        Settle();
        Assert.Equal(DataChannels.MaxChannels, _client.Received.Count(r => r.Message is [2]));
        Assert.Equal(
            DataChannels.MaxChannels,
            Enumerable.Range(0, 100).Count(i => _server.Send($"c{i}", "x"u8, binary: true))
        );
    }

    private void Lose(int percent, uint chance) =>
        _isLost = () =>
        {
            chance = chance * 1664525 + 1013904223;
            return (chance >> 8 & 0xff) < percent * 256 / 100;
        };

    private void Connect()
    {
        _client.Connect();
        Exchange();
        Assert.True(_client.IsUp);
    }

    private void Open(string label, byte type = 0, uint reliability = 0, ushort stream = 0)
    {
        if (!_client.IsUp)
            Connect();
        _client.OpenChannel(stream, label, type, reliability);
        _client.Flush(_now);
        Exchange();
    }

    private void Say(ushort stream, string text)
    {
        Assert.True(_client.Outbound.Enqueue(new SctpDelivery(stream, 51, true, null), Encoding.UTF8.GetBytes(text)));
        _client.Flush(_now);
    }

    /// <summary>Until nothing is on its way and nothing would be sent again in the next minute.</summary>
    private void Settle()
    {
        Exchange();
        for (var quiet = 0; quiet < 60; quiet++)
            if (Wait(1000))
                quiet = 0;
    }

    private bool Wait(int milliseconds)
    {
        _now += milliseconds;
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        _server.Tick();
        _client.Tick(_now);
        return Exchange();
    }

    private bool Exchange()
    {
        var any = false;
        while (_toServer.Count + _toClient.Count > 0)
        {
            any = true;
            Pass(_client);
        }
        return any;
    }

    private void Pass(SctpClient client)
    {
        foreach (var packet in Drain(_toServer))
            _server.Take(packet);
        while (_server.TryTakeMessage(out var message))
            _heard.Add(
                (
                    message.Label,
                    message.IsBinary ? Encoding.Latin1.GetString(message.Bytes) : Encoding.UTF8.GetString(message.Bytes)
                )
            );
        foreach (var packet in Drain(_toClient))
            client.Take(packet, _now);
    }

    // Every third comes behind its successor.
    private byte[][] Drain(List<byte[]> wire)
    {
        var arrived = wire.Where(_ => !_isLost()).ToArray();
        wire.Clear();
        for (var i = 0; i + 1 < arrived.Length; i += 3)
            (arrived[i], arrived[i + 1]) = (arrived[i + 1], arrived[i]);
        return arrived;
    }

    private static int Number((ushort Stream, uint Protocol, byte[] Message) received) =>
        int.Parse(
            Encoding.UTF8.GetString(received.Message).Split(':')[0],
            System.Globalization.CultureInfo.InvariantCulture
        );

    private byte[] Data(uint tsn, ushort sequence, byte[] bytes, byte flags = 3)
    {
        var writer = new SctpWriter(new byte[SctpWriter.LongestPacket], 5000, 5000, _client.PeerTag);
        var value = writer.Add(SctpType.Data, flags, 12 + bytes.Length);
        BinaryPrimitives.WriteUInt32BigEndian(value, tsn);
        BinaryPrimitives.WriteUInt16BigEndian(value[4..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(value[6..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(value[8..], 53);
        bytes.CopyTo(value[12..]);
        return writer.Finish().ToArray();
    }
}
