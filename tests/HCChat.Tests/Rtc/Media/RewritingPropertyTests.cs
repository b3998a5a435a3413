using System.Buffers.Binary;
using CsCheck;
using HCChat.Rtc.Media;

namespace HCChat.Tests.Rtc.Media;

/// <summary>Whatever the network and the publisher do, what a subscriber gets is one stream without contradictions.</summary>
public sealed class RewritingPropertyTests
{
    /// <param name="Fate">0-9: arrives in order; 10: lost; 11: twice; 12: again over RTX; 13-15: late by one to three packets.</param>
    /// <param name="Kind">0: padding only; else content.</param>
    /// <param name="Switch">0: the subscriber wants the other layer.</param>
    private sealed record Step(int Fate, int Kind, int Layer, int Switch, int Frame);

    private static readonly Gen<Step[]> s_steps = Gen.Select(
            Gen.Int[0, 15],
            Gen.Int[0, 8],
            Gen.Int[0, 1],
            Gen.Int[0, 40],
            Gen.Int[0, 2],
            (fate, kind, layer, change, frame) => new Step(fate, kind, layer, change, frame)
        )
        .Array[20, 400];

    [Fact]
    public void With_two_layers_and_any_network_it_is_one_stream() =>
        Gen.Select(s_steps, Gen.UShort, Gen.UInt, Gen.Int[0, 0x7fff])
            .Sample(
                (steps, sequence, timestamp, picture) =>
                {
                    var play = new Play(sequence, timestamp, picture);
                    foreach (var step in steps)
                        play.Do(step);
                    play.Check();
                },
                iter: 150
            );

    [Fact]
    public void With_one_layer_exactly_what_was_lost_is_a_hole() =>
        Gen.Select(s_steps, Gen.UShort, Gen.UInt, Gen.Int[0, 0x7fff])
            .Sample(
                (steps, sequence, timestamp, picture) =>
                {
                    var play = new Play(sequence, timestamp, picture);
                    foreach (var step in steps)
                        play.Do(step with { Layer = 0, Switch = 1 });
                    play.Check();
                    Assert.Equal(play.LostInside, play.Holes);
                },
                iter: 150
            );

    private sealed class Play
    {
        private readonly Scene _scene = new();
        private readonly Person _publisher;
        private readonly Person _subscriber;
        private readonly Subscription _subscription;
        private readonly Source[] _sources;
        private readonly List<(int Due, Action Send)> _late = [];
        private readonly Dictionary<uint, byte[]> _contents = [];
        private readonly List<long> _lost = [];
        private int _now;
        private uint _ids;
        private bool _high;

        private sealed class Source
        {
            public long Number;
            public uint Time;
            public int Picture;
            public byte Base;
            public bool NewFrame = true;
            public long FirstForwarded = -1;
            public long LastForwarded;
        }

        public Play(ushort sequence, uint timestamp, int picture)
        {
            _publisher = _scene.Enter("A");
            _subscriber = _scene.Enter("B");
            var video = _publisher.PublishVideo(rids: ["q", "h"]);
            _subscription = _subscriber.Watch(video);
            _subscription.Wanted = new Wanted(true, 0, 0, VideoQuality.Low);
            _sources =
            [
                new Source
                {
                    Number = 0x20000 + sequence,
                    Time = timestamp,
                    Picture = picture,
                    Base = (byte)picture,
                },
                new Source
                {
                    Number = 0x20000 + (ushort)(sequence * 7),
                    Time = timestamp * 3,
                    Picture = 0x7fff - picture,
                    Base = (byte)(picture >> 3),
                },
            ];
        }

        public int Holes { get; private set; }

        /// <summary>Packets of the first layer that were lost between those that were forwarded.</summary>
        public int LostInside =>
            _lost.Count(number => number > _sources[0].FirstForwarded && number < _sources[0].LastForwarded);

        public void Do(Step step)
        {
            _now++;
            if (step.Switch == 0)
                _subscription.Wanted = new Wanted(true, 0, 0, (_high = !_high) ? VideoQuality.High : VideoQuality.Low);
            var source = _sources[step.Layer];
            var sequence = (ushort)source.Number++;
            var number = source.Number - 1;
            var content = step.Kind > 0;
            if (content && source.NewFrame)
            {
                source.Time += 3000;
                source.Picture = (source.Picture + 1) & 0x7fff;
                source.Base++;
            }
            var id = ++_ids;
            // A keyframe whenever somebody may need one: the switch is tried all the time.
            var payload = content
                ? Vp8.Payload(source.NewFrame && step.Kind > 3, source.NewFrame, source.Picture, source.Base, id)
                : [];
            if (content)
            {
                _contents[id] = payload;
                source.NewFrame = step.Frame > 0;
            }
            var time = source.Time;
            void Send() => Deliver(step.Layer, number, sequence, time, payload);
            switch (step.Fate)
            {
                case 10:
                    if (step.Layer == 0)
                        _lost.Add(number);
                    break;
                case 11:
                    Send();
                    Send();
                    break;
                case 12:
                    Send();
                    if (content)
                        Repeat(step.Layer, sequence, time, payload);
                    break;
                case > 12:
                    _late.Add((_now + step.Fate - 12, Send));
                    break;
                default:
                    Send();
                    break;
            }
            foreach (var (due, send) in _late.ToList())
                if (due <= _now)
                {
                    _late.Remove((due, send));
                    send();
                }
            _scene.Time.Advance(TimeSpan.FromMilliseconds(17));
            if (_now % 3 == 0)
                _scene.Room.Tick();
        }

        private void Deliver(int layer, long number, ushort sequence, uint time, byte[] payload)
        {
            var before = _subscriber.Packets.Count;
            _publisher.Send(
                50 + (uint)layer,
                96,
                sequence,
                time,
                payload,
                mid: "v",
                rid: layer == 0 ? "q" : "h",
                padding: (byte)(payload.Length == 0 ? 200 : 0)
            );
            if (_subscriber.Packets.Count == before)
                return;
            var source = _sources[layer];
            if (source.FirstForwarded < 0)
                source.FirstForwarded = number;
            source.LastForwarded = Math.Max(source.LastForwarded, number);
        }

        private void Repeat(int layer, ushort sequence, uint time, byte[] payload)
        {
            var again = new byte[payload.Length + 2];
            BinaryPrimitives.WriteUInt16BigEndian(again, sequence);
            payload.CopyTo(again, 2);
            _publisher.Send(60 + (uint)layer, 97, (ushort)_now, time, again, mid: "v", repaired: layer == 0 ? "q" : "h");
        }

        public void Check()
        {
            foreach (var (_, send) in _late)
                send();
            var sent = _subscriber.Packets.Where(packet => packet.Ssrc == _subscription.Section.Ssrc).ToList();
            if (sent.Count == 0)
                return;
            // No number twice, whatever is in it.
            Assert.Equal(sent.Count, sent.Select(packet => packet.Sequence).Distinct().Count());
            // The first one that was sent need not be the lowest.
            var lowest = (ushort)(sent[0].Sequence + sent.Min(packet => (short)(packet.Sequence - sent[0].Sequence)));
            sent = [.. sent.OrderBy(packet => (ushort)(packet.Sequence - lowest))];
            Holes = (ushort)(sent[^1].Sequence - sent[0].Sequence) + 1 - sent.Count;
            var contents = sent.Where(packet => packet.Padding == 0).ToList();
            // Every packet of the publisher once at most, and nothing changed but the numbers of its pictures.
            Assert.Equal(contents.Count, contents.Select(packet => Vp8.Id(packet.Payload)).Distinct().Count());
            foreach (var packet in contents)
                Assert.Equal(_contents[Vp8.Id(packet.Payload)][5..], packet.Payload[5..]);
            for (var i = 1; i < contents.Count; i++)
            {
                var (a, b) = (contents[i - 1], contents[i]);
                Assert.True((int)(b.Timestamp - a.Timestamp) >= 0, "time goes back");
                var pictures = (Vp8.Read(b.Payload).Picture - Vp8.Read(a.Payload).Picture) & 0x7fff;
                Assert.InRange(pictures, 0, 0x3fff);
                Assert.Equal(pictures == 0, a.Timestamp == b.Timestamp);
                Assert.InRange((byte)(Vp8.Read(b.Payload).Base - Vp8.Read(a.Payload).Base), 0, 127);
            }
            CheckRepetitions(contents);
        }

        private void CheckRepetitions(List<Got> contents)
        {
            _subscriber.Packets.Clear();
            foreach (var packet in contents.TakeLast(20))
                _subscriber.SayLost(_subscription.Section.Ssrc, packet.Sequence);
            // Not those that were sent longer ago than the history goes back.
            Assert.NotEmpty(_subscriber.Packets);
            var numbers = new HashSet<ushort>();
            foreach (var repeated in _subscriber.Packets)
            {
                Assert.Equal(_subscription.Section.RtxSsrc, repeated.Ssrc);
                Assert.Equal(97, repeated.PayloadType);
                Assert.True(numbers.Add(repeated.Sequence));
                var number = BinaryPrimitives.ReadUInt16BigEndian(repeated.Payload);
                var original = Assert.Single(contents, packet => packet.Sequence == number);
                Assert.Equal(original.Payload, repeated.Payload[2..]);
                Assert.Equal(original.Timestamp, repeated.Timestamp);
                Assert.Equal(original.Marker, repeated.Marker);
            }
        }
    }
}
