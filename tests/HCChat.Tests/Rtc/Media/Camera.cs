using System.Buffers.Binary;
using HCChat.Rtc.Media;

namespace HCChat.Tests.Rtc.Media;

/// <summary>A simulcast camera that sends VP8: three layers, each with numbers, times and pictures that begin near the end of their range.</summary>
internal sealed class Camera(Person person, string mid = "v", uint firstSsrc = 1000)
{
    public static readonly int[] Rates = [160_000, 450_000, 1_700_000];
    private readonly ushort[] _sequence = [65_530, 10, 32_760];
    private readonly uint[] _time = [uint.MaxValue - 5000, 700_000, 90];
    private readonly int[] _picture = [32_760, 5, 200];
    private readonly byte[] _base = [250, 1, 100];
    private readonly bool[] _key = [true, true, true];

    public uint Ssrc(int layer) => firstSsrc + (uint)layer;

    public uint RtxSsrc(int layer) => firstSsrc + 10 + (uint)layer;

    /// <summary>Whether a layer is sent.</summary>
    public bool[] On { get; } = [true, true, true];

    /// <summary>100 ms of video in packets of 1,000 bytes, a keyframe first where one was asked for.</summary>
    public void Send100Ms()
    {
        AnswerRequests();
        for (var layer = 0; layer < 3; layer++)
        {
            _time[layer] += 9000;
            if (!On[layer])
                continue;
            var packets = Math.Max(1, Rates[layer] / 10 / 8 / 1000);
            for (var i = 0; i < packets; i++)
                Send(layer, i == 0, i == packets - 1, 960);
        }
    }

    private void Send(int layer, bool first, bool last, int length)
    {
        var key = first && _key[layer];
        if (first)
        {
            _picture[layer] = (_picture[layer] + 1) & 0x7fff;
            _base[layer]++;
            _key[layer] = false;
        }
        person.Send(
            Ssrc(layer),
            96,
            _sequence[layer]++,
            _time[layer],
            Vp8.Payload(key, first, _picture[layer], _base[layer], (uint)layer << 24 | _sequence[layer], length),
            last,
            mid,
            "qhf"[layer..(layer + 1)]
        );
    }

    private void AnswerRequests()
    {
        foreach (var compound in person.Control)
        {
            var reader = new HCChat.Rtc.Rtp.RtcpReader(compound);
            while (reader.Next(out var packet))
                if (packet.IsPictureLoss && packet.Media >= firstSsrc && packet.Media < firstSsrc + 3)
                    _key[packet.Media - firstSsrc] = true;
        }
        person.Control.Clear();
    }
}

internal static class Vp8
{
    /// <summary>A payload with a 15-bit picture number, and <paramref name="id"/> in it.</summary>
    public static byte[] Payload(bool key, bool first, int picture, byte baseIndex, uint id, int length = 20)
    {
        var payload = new byte[length];
        payload[0] = (byte)(0x80 | (first ? 0x10 : 0));
        payload[1] = 0xc0;
        BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(2), (ushort)(0x8000 | picture));
        payload[4] = baseIndex;
        payload[5] = (byte)(key ? 0 : 1);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(6), id);
        return payload;
    }

    public static uint Id(byte[] payload) => BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(6));

    public static Vp8Descriptor Read(byte[] payload)
    {
        Assert.True(Vp8Descriptor.TryRead(payload, out var descriptor));
        return descriptor;
    }
}
