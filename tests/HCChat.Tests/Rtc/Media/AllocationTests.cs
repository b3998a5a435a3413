using System.Buffers.Binary;
using HCChat.Rtc.Media;
using HCChat.Rtc.Transport;

namespace HCChat.Tests.Rtc.Media;

public sealed class AllocationTests
{
    [Fact]
    public void Forwarding_allocates_nothing()
    {
        var room = new MediaRoom(
            TimeProvider.System,
            new MediaLimits(int.MaxValue),
            new MediaEvents(_ => { }, (_, _, _) => { }, (_, _) => { }, _ => { })
        );
        var sent = 0;
        var sources = new SrtpSources();
        var sink = new MediaSink((_, _) => sent++, _ => { }, () => 0, sources.Begin, sources.End);
        var publisher = room.Enter("PA_1").Open(sink);
        publisher.Connected();
        var video = publisher.Publish(
            "TR_1",
            new ReceivedSection("v", MediaCodec.Vp8, 96, 97, Person.Ids, [], [new NamedSource(50, 51)]),
            []
        );
        for (var i = 0; i < 7; i++)
        {
            var peer = room.Enter("PA_" + i).Open(sink);
            peer.Connected();
            var section = new SentSection("s", 96, 97, new ExtensionIds(Mid: 4, AbsSendTime: 2));
            peer.Subscribe(video, section).Start();
        }
        var packet = new byte[1100];
        var keyframe = Packet(Vp8.Payload(true, true, 1, 1, 1, 1000));
        var picture = Packet(Vp8.Payload(false, true, 2, 2, 2, 1000));
        ushort number = 0;
        Send(picture, 1);
        room.Tick();
        Send(keyframe, 1);
        // Until every place of the history has its memory.
        Send(picture, 3000);
        sent = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        Send(picture, 10_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(70_000, sent);
        // Ten bytes a packet that was taken: one object for each would be more. (The runtime itself takes some while it compiles.)
        Assert.InRange(allocated, 0, 100_000);

        void Send(byte[] original, int count)
        {
            for (var i = 0; i < count; i++)
            {
                original.CopyTo(packet, 0);
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), number++);
                publisher.OnRtp(packet.AsSpan(0, original.Length));
            }
        }

        static byte[] Packet(byte[] payload)
        {
            var whole = new byte[12 + payload.Length];
            whole[0] = 0x80;
            whole[1] = 96;
            whole[11] = 50;
            payload.CopyTo(whole, 12);
            return whole;
        }
    }
}
