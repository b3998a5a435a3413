using System.Buffers.Text;
using System.Text;
using CsCheck;
using Google.Protobuf;
using HCChat.Rtc.Signal;
using HCChat.Rtc.Signal.Wire;

namespace HCChat.Tests.Rtc.Signal;

/// <summary>What clients send is read or refused, whatever it is; nothing is thrown.</summary>
public sealed class SignalFuzzTests
{
    private static readonly long s_inputs =
        Environment.GetEnvironmentVariable("HCCHAT_LONG") == "1" ? 1_000_000 : 20_000;

    [Fact]
    public void Descriptions_of_any_kind_are_read_or_refused()
    {
        string[] offers = [.. RealOffers.All.Select(o => RealOffers.Text(o.Data))];
        Gen.Select(Gen.Int[0, offers.Length - 1], Edits)
            .Sample(
                t =>
                    SdpReader.TryRead(Apply(offers[t.Item1][..Math.Min(offers[t.Item1].Length, 6_000)], t.Item2), out _)
                    || true,
                iter: s_inputs
            );
    }

    [Fact]
    public void Messages_of_any_kind_are_read_or_refused()
    {
        var offer = new SignalRequest
        {
            Offer = new SessionDescription
            {
                Type = "offer",
                Sdp = "v=0",
                Id = 7,
            },
        }.ToByteArray();
        var track = new SignalRequest
        {
            AddTrack = new AddTrackRequest { Cid = "c", Layers = { new VideoLayer { Width = 3 } } },
        }.ToByteArray();
        Gen.OneOf(Gen.Byte.Array[0, 200], Damaged(offer), Damaged(track))
            .Sample(bytes => _ = SignalSocket.Parse(bytes), iter: s_inputs);
    }

    [Fact]
    public void Join_requests_of_any_kind_are_read_or_refused()
    {
        var real = Encoding.ASCII.GetBytes(RealOffers.Text("chromium-join.txt"));
        Gen.OneOf(
                Gen.Byte.Array[0, 100].Select(b => Base64Url.EncodeToString(b)),
                Damaged(real).Select(Encoding.Latin1.GetString)
            )
            .Sample(text => _ = JoinRequestText.Read(text), iter: s_inputs);
    }

    private static Gen<byte[]> Damaged(byte[] bytes) =>
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte, Gen.Int[0, bytes.Length])
            .Select(t =>
            {
                var copy = (byte[])bytes.Clone();
                copy[t.Item1] = t.Item2;
                return copy[..t.Item3];
            });

    private static readonly Gen<(int At, int Length, string With)[]> Edits = Gen.Select(
        Gen.Int[0, 6_000],
        Gen.Int[0, 40],
        Gen.OneOf(
            Gen.Const(""),
            Gen.String[0, 12],
            Gen.OneOf(
                Gen.Const("\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"),
                Gen.Const("\na=mid:"),
                Gen.Const("a=ssrc:4294967296 x"),
                Gen.Const("a=rid:q send"),
                Gen.Const("a=extmap:0 x"),
                Gen.Const("4294967295")
            )
        )
    ).Array[1, 4];

    private static string Apply(string text, (int At, int Length, string With)[] edits)
    {
        foreach (var (at, length, with) in edits)
        {
            var from = Math.Min(at, text.Length);
            text = string.Concat(text.AsSpan(0, from), with, text.AsSpan(Math.Min(from + length, text.Length)));
        }
        return text;
    }
}
