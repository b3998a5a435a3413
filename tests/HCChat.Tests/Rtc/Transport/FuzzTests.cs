using System.Buffers.Binary;
using System.Net;
using HCChat.Rtc.Media;
using HCChat.Rtc.Rtp;
using HCChat.Rtc.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Org.BouncyCastle.Tls;

namespace HCChat.Tests.Rtc.Transport;

/// <summary>No input makes a parser throw, go on for ever, or take memory without bound.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void Checks()
    {
        var fuzz = new Fuzz(
            StunMessages.Check("abcdefgh:them", "secret", transaction: "123456789012"u8),
            StunMessages.Check("abcdefgh:them", "secret", fingerprint: false, transaction: "123456789012"u8)
        );
        var from = new IPEndPoint(IPAddress.Loopback, 9).Serialize();
        var answer = new byte[Stun.LongestAnswer];
        var passed = 0;
        NothingIsAllocated(
            () =>
            {
                if (!StunRequest.TryRead(fuzz.Next(), out var request) || !request.IsFrom("secret"u8))
                    return;
                passed++;
                Stun.WriteSuccess(request, from, "secret"u8, answer);
            },
            300
        );
        Assert.InRange(passed, 1, Fuzz.Count - 1);
    }

    [Fact]
    public void Media()
    {
        var fuzz = new Fuzz(
            Convert.FromHexString("9160000100000000000000010909090900bede000231aabb0050cc00002a"),
            Convert.FromHexString("b0600001000000000000000110000002030014020aabb0000102030404"),
            Convert.FromHexString("806000010000000000000001ffffffffff"),
            // VP8 with all that its descriptor can have, and H264 in one packet of several units and in a fragment.
            Convert.FromHexString("80600001000000000000000190f0812305e19d012a"),
            Convert.FromHexString("80660001000000000000000178000467420000000268ce"),
            Convert.FromHexString("8066000100000000000000017c8588840021")
        );
        NothingIsAllocated(
            () =>
            {
                var bytes = fuzz.Next();
                Demux.Kind(bytes);
                if (!RtpPacket.TryRead(bytes, out var packet))
                    return;
                for (var id = -1; id < 17; id++)
                    packet.Extension(id);
                packet.Extension(255);
                packet.SequenceNumber += (ushort)packet.Payload.Length;
                // What the codecs begin their payloads with.
                Vp8Descriptor.TryRead(packet.Payload, out _);
                H264Payload.BeginsKeyframe(packet.Payload);
            },
            300
        );
    }

    [Fact]
    public void Control()
    {
        var writer = new RtcpWriter(new byte[500]);
        writer.SenderReport(1, default, new ReportBlock[2]);
        writer.ReceiverReport(1, new ReportBlock[3]);
        writer.Nack(1, 2, [1, 2, 3, 99]);
        writer.TransportWide(1, 2, 3, 4, [1, -1, 90, 90000]);
        var fuzz = new Fuzz(
            writer.Written.ToArray(),
            Convert.FromHexString("84ce0006000000010000000000000005010000000000000602000000"),
            Convert.FromHexString("8fce0005000000010000000052454d42010b0d400000000181cb000100000009")
        );
        NothingIsAllocated(
            () =>
            {
                var reader = new RtcpReader(fuzz.Next());
                while (reader.Next(out var packet))
                {
                    packet.TryReadSender(out _);
                    for (var i = 0; i < packet.Reports; i++)
                        packet.Report(i);
                    foreach (var _ in packet.Lost) { }
                    packet.TryReadBitrate(out _);
                    packet.Names(packet.Sender + packet.Media);
                }
            },
            300
        );
    }

    [Theory, InlineData(1), InlineData(7)]
    public void Protected_packets(int profile)
    {
        var (sender, receiver) = SrtpTests.Pair(profile);
        var media = SrtpTests.Packet(5, 9, 60);
        media = media[..sender.ProtectRtp(media, 72)];
        var control = new byte[60];
        (control[0], control[1]) = (0x80, 201);
        control = control[..sender.ProtectRtcp(control, 28)];
        var fuzz = new Fuzz(media, control);
        // A tag that does not fit is an exception of the framework, so a tenth is enough.
        for (var i = 0; i < Fuzz.Count / 10; i++)
        {
            receiver.UnprotectRtp(fuzz.Next());
            receiver.UnprotectRtcp(fuzz.Next());
        }
    }

    [Fact]
    public void Associations()
    {
        var time = new FakeTimeProvider();
        var toClient = new Queue<byte[]>();
        var recorded = new List<byte[]>();
        var server = new DataChannels(time, p => toClient.Enqueue(p.ToArray()));
        SctpClient client = null!;
        client = new SctpClient(p =>
        {
            recorded.Add(p.ToArray());
            server.Take(p);
        });
        client.Connect();
        Answer(client, toClient);
        client.OpenChannel(0, "label");
        client.Outbound.Enqueue(new SctpDelivery(0, 51, true, null), new byte[3000]);
        client.Flush(0);
        Answer(client, toClient);
        server.Send("label", new byte[5000], binary: true);
        Answer(client, toClient);
        client.Send(SctpType.Heartbeat, [0, 1, 0, 8, 1, 2, 3, 4]);
        client.Send(SctpType.ForwardTsn, [0, 0, 0, 1, 0, 0, 0, 1]);
        client.Send(SctpType.Reconfigure, [0, 13, 0, 18, .. new byte[12], 0, 0]);
        client.Send(SctpType.Shutdown, new byte[4]);
        client.Send(SctpType.Abort, []);

        // The two that end it come seldom, so that something happens before.
        var fuzz = new Fuzz([.. Enumerable.Repeat(recorded[..^2], 8).SelectMany(r => r), .. recorded[^2..]]);
        var data = recorded.Where(r => r[12] == (byte)SctpType.Data).Select(r => r.ToArray()).ToArray();
        var tag = client.PeerTag;
        var (heard, begun) = (0, 0);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Fuzz.Count; i++)
        {
            var bytes = fuzz.Next();
            // With a right checksum and, mostly, a right tag, it gets to where it hurts.
            if (bytes.Length >= SctpPacket.Header && fuzz.Chance(20) != 0)
            {
                if (bytes.Length > 20 && bytes[12] == 0 && fuzz.Chance(2) == 0)
                    BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], 0xfffffff0 + (uint)fuzz.Chance(6));
                if (fuzz.Chance(10) != 0)
                    BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], bytes.Length > 12 && bytes[12] == 1 ? 0 : tag);
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], SctpPacket.Checksum(bytes));
            }
            server.Take(bytes);
            while (server.TryTakeMessage(out _))
                heard++;
            while (toClient.TryDequeue(out var answer))
                if (answer.Length > 20 && answer[12] == (byte)SctpType.InitAck)
                {
                    // Whatever has ended begins again.
                    begun++;
                    tag = BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(16));
                    var echo = new SctpWriter(new byte[1200], 5000, 5000, tag);
                    answer.AsSpan(36, 16).CopyTo(echo.Add(SctpType.CookieEcho, 0, 16));
                    server.Take(echo.Finish());
                    // What was to be said is said, so that the next inputs meet an association in the midst of its work.
                    foreach (var packet in data)
                    {
                        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), tag);
                        BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), SctpPacket.Checksum(packet));
                        server.Take(packet);
                    }
                }
            if (fuzz.Chance(10) == 0)
            {
                server.Send("label", new byte[fuzz.Chance(3000)], binary: true);
                time.Advance(TimeSpan.FromMilliseconds(fuzz.Chance(2000)));
                server.Tick();
            }
        }
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 32 << 20);
        GC.KeepAlive(server);
        Assert.True(
            heard > Fuzz.Count / 1000 && begun > Fuzz.Count / 1000,
            $"{heard} messages in {begun} associations"
        );
    }

    [Fact]
    public async Task Records_of_a_handshake_and_after_it()
    {
        await using var port = new MediaPort(
            new MediaPortOptions(IPAddress.Loopback, -1, -1, []),
            TimeProvider.System,
            NullLogger.Instance
        );
        var identity = new DtlsIdentity(TimeProvider.System);
        var recorded = new List<byte[]>();
        DtlsPipe pipe = null!;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var server = new DtlsSession(
            port,
            d => pipe.Push(d),
            _ => done.SetResult(),
            reason => done.SetException(new IOException(reason)),
            NullLogger.Instance
        );
        pipe = new DtlsPipe(d =>
        {
            lock (recorded)
                recorded.Add(d.ToArray());
            server.Push(d);
        });
        server.Expect(identity.Fingerprint);
        var client = new DtlsClientProtocol().Connect(new DtlsClient(identity, port.Fingerprint, [7]), pipe);
        await done.Task;
        client.Send(new byte[100]);
        client.Send(new byte[1000]);
        Assert.Equal(100, server.Receive().Length);
        Assert.Equal(1000, server.Receive().Length);
        Assert.True(server.Receive().IsEmpty);

        var fuzz = new Fuzz([.. recorded]);
        for (var i = 0; i < Fuzz.Count; i++)
        {
            server.Push(fuzz.Next());
            while (!server.Receive().IsEmpty) { }
        }
        Assert.False(server.IsOver);
        client.Send(new byte[7]);
        Assert.Equal(7, server.Receive().Length);

        for (var i = 0; i < Fuzz.Count / 1000; i++)
        {
            using var session = new DtlsSession(port, _ => { }, _ => { }, _ => { }, NullLogger.Instance);
            session.Expect(identity.Fingerprint);
            for (var n = 0; n < 10; n++)
                if (fuzz.Next() is { IsEmpty: false } bytes)
                    session.Push(bytes);
        }
        Assert.True(SpinWait.SpinUntil(() => port.Handshakes.CurrentCount == MediaPort.MaxHandshakes, 60_000));
    }

    private static void Answer(SctpClient client, Queue<byte[]> packets)
    {
        while (packets.TryDequeue(out var packet))
            client.Take(packet, 0);
    }

    // The generator of inputs allocates a little itself.
    private static void NothingIsAllocated(Action once, int perInput)
    {
        once();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Fuzz.Count; i++)
            once();
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Fuzz.Count, 0, perInput);
    }
}
