using System.Text;

namespace HCChat.Rtc.Signal;

/// <summary>Where a peer connection of ours is reached and how it proves itself.</summary>
/// <param name="Fingerprint">SHA-256 of our certificate.</param>
/// <param name="Candidates">Without "a=".</param>
internal sealed record SdpTransport(
    string Ufrag,
    string Password,
    string Fingerprint,
    IReadOnlyList<string> Candidates
);

/// <summary>A track that we send in a section.</summary>
/// <param name="Stream">The first word of a=msid. Tracks of one stream are played in step.</param>
/// <param name="CName">One for all that comes from one participant.</param>
internal sealed record SdpSource(string Stream, string TrackId, string CName, uint Ssrc, uint RtxSsrc);

/// <summary>
/// Writes the descriptions that clients get. All sections share one transport; the candidates are complete and stand in the first. We are always the one that
/// the client greets in DTLS.
/// </summary>
internal sealed class SdpWriter
{
    /// <summary>How Opus is to be sent: packets that repair their predecessor, and next to nothing in silence.</summary>
    public const string Opus = "minptime=10;useinbandfec=1;usedtx=1";

    /// <summary>The same with silence sent like anything else.</summary>
    public const string OpusWithoutSilence = "minptime=10;useinbandfec=1";

    private readonly StringBuilder _text = new();
    private readonly SdpTransport _transport;
    private readonly string _setup;
    private bool _hasCandidates;

    /// <param name="session">The same for all descriptions of one peer connection.</param>
    /// <param name="version">Grows with every description.</param>
    /// <param name="mids">The sections that are bundled.</param>
    public SdpWriter(SdpTransport transport, ulong session, int version, IEnumerable<string> mids, bool isOffer)
    {
        _transport = transport;
        _setup = isOffer ? "actpass" : "passive";
        Line($"v=0");
        Line($"o=- {session} {version} IN IP4 127.0.0.1");
        Line($"s=-");
        Line($"t=0 0");
        Line($"a=ice-lite");
        Line($"a=extmap-allow-mixed");
        Line($"a=msid-semantic: WMS *");
        Line($"a=group:BUNDLE {string.Join(' ', mids)}");
    }

    /// <summary>A section that is not used.</summary>
    public void Reject(SdpSection offered)
    {
        Line($"m={offered.Kind} 0 {offered.Protocol} {(offered.Kind == "application" ? "webrtc-datachannel" : "0")}");
        Line($"c=IN IP4 0.0.0.0");
        Line($"a=mid:{offered.Mid}");
        Line($"a=inactive");
    }

    /// <summary>The section of data channels.</summary>
    public void Data(string mid)
    {
        Line($"m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
        Begin(mid);
        Line($"a=sctp-port:5000");
        Line($"a=max-message-size:65536");
    }

    /// <summary>A section of media.</summary>
    /// <param name="codec">The one codec of it.</param>
    /// <param name="rtx">The payload type that repeats packets, or 0.</param>
    /// <param name="receivedRids">The simulcast layers that we receive.</param>
    /// <param name="source">What we send.</param>
    public void Media(
        SdpSection section,
        SdpCodec codec,
        int rtx,
        SdpDirection direction,
        IReadOnlyList<string> receivedRids,
        SdpSource? source
    )
    {
        var (pt, isVideo) = (codec.PayloadType, section.Kind == "video");
        Line($"m={section.Kind} 9 {section.Protocol} {pt}{(rtx > 0 ? $" {rtx}" : "")}");
        Begin(section.Mid);
        Line($"a=rtcp-mux");
        Line($"a=rtcp-rsize");
        foreach (var (id, uri) in section.Extensions)
            if (id < 15 && SdpExtension.IsKnown(uri))
                Line($"a=extmap:{id} {uri}");
        Line($"a=rtpmap:{pt} {MapOf(codec.Name)}");
        if (codec.Fmtp.Length > 0)
            Line($"a=fmtp:{pt} {codec.Fmtp}");
        if (rtx > 0)
        {
            Line($"a=rtpmap:{rtx} rtx/90000");
            Line($"a=fmtp:{rtx} apt={pt}");
        }
        if (isVideo)
        {
            Line($"a=rtcp-fb:{pt} ccm fir");
            Line($"a=rtcp-fb:{pt} nack");
            Line($"a=rtcp-fb:{pt} nack pli");
            Line($"a=rtcp-fb:{pt} {(direction == SdpDirection.ReceiveOnly ? "transport-cc" : "goog-remb")}");
        }
        Line($"a={WordOf(direction)}");
        foreach (var rid in receivedRids)
            Line($"a=rid:{rid} recv");
        if (receivedRids.Count > 0)
            Line($"a=simulcast:recv {string.Join(';', receivedRids)}");
        if (source is not null)
            Source(source);
    }

    /// <summary>The whole description.</summary>
    public override string ToString() => _text.ToString();

    private void Begin(string mid)
    {
        Line($"c=IN IP4 0.0.0.0");
        Line($"a=ice-ufrag:{_transport.Ufrag}");
        Line($"a=ice-pwd:{_transport.Password}");
        Line($"a=ice-options:ice2");
        Line($"a=fingerprint:sha-256 {_transport.Fingerprint}");
        Line($"a=setup:{_setup}");
        if (!_hasCandidates)
        {
            _hasCandidates = true;
            foreach (var candidate in _transport.Candidates)
                Line($"a={candidate}");
            Line($"a=end-of-candidates");
        }
        Line($"a=mid:{mid}");
    }

    private void Source(SdpSource source)
    {
        Line($"a=msid:{source.Stream} {source.TrackId}");
        if (source.RtxSsrc != 0)
            Line($"a=ssrc-group:FID {source.Ssrc} {source.RtxSsrc}");
        ReadOnlySpan<uint> ssrcs = source.RtxSsrc != 0 ? [source.Ssrc, source.RtxSsrc] : [source.Ssrc];
        foreach (var ssrc in ssrcs)
        {
            Line($"a=ssrc:{ssrc} cname:{source.CName}");
            Line($"a=ssrc:{ssrc} msid:{source.Stream} {source.TrackId}");
        }
    }

    private static string MapOf(string codec) =>
        codec switch
        {
            "opus" => "opus/48000/2",
            _ => $"{codec.ToUpperInvariant()}/90000",
        };

    private static string WordOf(SdpDirection direction) =>
        direction switch
        {
            SdpDirection.SendOnly => "sendonly",
            SdpDirection.ReceiveOnly => "recvonly",
            SdpDirection.SendReceive => "sendrecv",
            _ => "inactive",
        };

    private void Line(FormattableString line) =>
        _text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{FormattableString.Invariant(line)}\r\n");
}
