using System.Globalization;

namespace HCChat.Rtc.Signal;

/// <summary>Reads session descriptions of clients. It believes nothing: whatever is too much or out of shape makes the whole of it unreadable.</summary>
internal static class SdpReader
{
    /// <summary>Longer descriptions are not read, in characters.</summary>
    public const int MaxLength = 512 * 1024;

    /// <summary>More sections are not read.</summary>
    public const int MaxSections = 200;

    private const int MaxName = 256;
    private const int MaxCodecs = 128;
    private const int MaxExtensions = 32;
    private const int MaxRids = 4;
    private const int MaxSources = 16;

    /// <summary>False: it is no description that can be answered.</summary>
    public static bool TryRead(string text, out SdpSession session)
    {
        session = new SdpSession();
        if (text.Length > MaxLength || !text.StartsWith("v=0", StringComparison.Ordinal))
            return false;
        SdpSection? section = null;
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range).TrimEnd('\r');
            if (line.Length < 2 || line[1] != '=')
                continue;
            if (line[0] == 'm')
            {
                if (session.Sections.Count == MaxSections || !TryBegin(line[2..], out section))
                    return false;
                session.Sections.Add(section);
            }
            else if (line[0] == 'a' && !TryAttribute(session, section, line[2..]))
                return false;
        }
        return session.Sections.TrueForAll(IsWhole)
            && session.Sections.Select(s => s.Mid).Distinct().Count() == session.Sections.Count;
    }

    private static bool IsWhole(SdpSection section) =>
        IsToken(section.Mid)
        && section.Rids.TrueForAll(r => IsToken(r))
        && section.Codecs.TrueForAll(c => c.PayloadType is >= 0 and < 128);

    // Mids and rids are written back into answers: nothing but what RFC 4566 calls a token may be in them.
    private static bool IsToken(string text) =>
        text.Length is > 0 and <= 32 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+');

    private static bool TryBegin(ReadOnlySpan<char> line, out SdpSection section)
    {
        section = null!;
        Span<Range> words = stackalloc Range[4];
        if (line.Split(words, ' ') < 3)
            return false;
        var kind = line[words[0]];
        var protocol = line[words[2]];
        var isData = kind.SequenceEqual("application");
        if (!isData && !kind.SequenceEqual("audio") && !kind.SequenceEqual("video"))
            return false;
        if (!protocol.SequenceEqual(isData ? "UDP/DTLS/SCTP" : "UDP/TLS/RTP/SAVPF"))
            return false;
        section = new SdpSection
        {
            Kind = kind.ToString(),
            Protocol = protocol.ToString(),
            IsRejected = line[words[1]].SequenceEqual("0"),
        };
        return true;
    }

    private static bool TryAttribute(SdpSession session, SdpSection? section, ReadOnlySpan<char> attribute)
    {
        var colon = attribute.IndexOf(':');
        var name = colon < 0 ? attribute : attribute[..colon];
        var value = colon < 0 ? default : attribute[(colon + 1)..];
        switch (name)
        {
            case "ice-ufrag" when session.Ufrag.Length == 0:
                session.Ufrag = value.ToString();
                return value.Length <= MaxName;
            case "fingerprint":
                return TryFingerprint(session, value);
            default:
                return section is null || TrySectionAttribute(section, name, value);
        }
    }

    // All sections are bundled into one transport, and so have one fingerprint. Of several hashes of it we take the one that we know.
    private static bool TryFingerprint(SdpSession session, ReadOnlySpan<char> value)
    {
        if (!value.StartsWith("sha-256 ", StringComparison.OrdinalIgnoreCase))
            return true;
        var hash = value["sha-256 ".Length..].Trim();
        if (hash.Length != 95 || session.Fingerprint.Length > 0 && !hash.SequenceEqual(session.Fingerprint))
            return false;
        foreach (var c in hash)
            if (!char.IsAsciiHexDigit(c) && c != ':')
                return false;
        session.Fingerprint = hash.ToString();
        return true;
    }

    private static bool TrySectionAttribute(SdpSection section, ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        switch (name)
        {
            case "mid":
                section.Mid = value.ToString();
                return true;
            case "bundle-only":
                section.IsRejected = false;
                return true;
            case "sendrecv":
                section.Direction = SdpDirection.SendReceive;
                return true;
            case "sendonly":
                section.Direction = SdpDirection.SendOnly;
                return true;
            case "recvonly":
                section.Direction = SdpDirection.ReceiveOnly;
                return true;
            case "inactive":
                section.Direction = SdpDirection.Inactive;
                return true;
            case "msid":
                section.TrackId = value[(value.LastIndexOf(' ') + 1)..].ToString();
                return section.TrackId.Length <= MaxName;
            case "rtpmap":
                return TryCodec(section, value);
            case "fmtp":
                return TryParameters(section, value);
            case "extmap":
                return TryExtension(section, value);
            case "rid":
                return TryRid(section, value);
            case "ssrc":
                return TrySource(section, value);
            case "ssrc-group":
                return TryGroup(section, value);
            default:
                return true;
        }
    }

    private static bool TryCodec(SdpSection section, ReadOnlySpan<char> value)
    {
        if (!TryNumber(value, out int payloadType, out var codec) || section.Codecs.Count == MaxCodecs)
            return false;
        var slash = codec.IndexOf('/');
        var name = slash < 0 ? codec : codec[..slash];
        section.Codecs.Add(new SdpCodec(payloadType, name.ToString().ToLowerInvariant(), ""));
        return name.Length is > 0 and <= MaxName;
    }

    private static bool TryParameters(SdpSection section, ReadOnlySpan<char> value)
    {
        if (!TryNumber(value, out int payloadType, out var parameters))
            return false;
        var at = section.Codecs.FindIndex(c => c.PayloadType == payloadType);
        if (at >= 0)
            section.Codecs[at] = section.Codecs[at] with { Fmtp = parameters.ToString() };
        return parameters.Length <= MaxName;
    }

    private static bool TryExtension(SdpSection section, ReadOnlySpan<char> value)
    {
        var space = value.IndexOf(' ');
        if (space < 0 || section.Extensions.Count == MaxExtensions)
            return false;
        var id = value[..space];
        var slash = id.IndexOf('/');
        if (
            !int.TryParse(slash < 0 ? id : id[..slash], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        )
            return false;
        var uri = value[(space + 1)..];
        var end = uri.IndexOf(' ');
        section.Extensions[number] = (end < 0 ? uri : uri[..end]).ToString();
        return number is >= 1 and <= 255 && uri.Length <= MaxName;
    }

    private static bool TryRid(SdpSection section, ReadOnlySpan<char> value)
    {
        Span<Range> words = stackalloc Range[3];
        if (value.Split(words, ' ') < 2 || !value[words[1]].SequenceEqual("send"))
            return true;
        section.Rids.Add(value[words[0]].ToString());
        return section.Rids.Count <= MaxRids;
    }

    private static bool TrySource(SdpSection section, ReadOnlySpan<char> value)
    {
        if (!TryNumber(value, out uint ssrc, out _))
            return false;
        if (!section.Ssrcs.Contains(ssrc))
            section.Ssrcs.Add(ssrc);
        return section.Ssrcs.Count <= MaxSources;
    }

    private static bool TryGroup(SdpSection section, ReadOnlySpan<char> value)
    {
        Span<Range> words = stackalloc Range[4];
        if (value.Split(words, ' ') != 3 || !value[words[0]].SequenceEqual("FID"))
            return true;
        if (!TryNumber(value[words[1]], out uint ssrc, out _) || !TryNumber(value[words[2]], out uint rtx, out _))
            return false;
        section.Repeats.Add((ssrc, rtx));
        return section.Repeats.Count <= MaxSources;
    }

    private static bool TryNumber(ReadOnlySpan<char> value, out int number, out ReadOnlySpan<char> rest)
    {
        var read = TryNumber(value, out uint unsigned, out rest) && unsigned < 128;
        number = read ? (int)unsigned : -1;
        return read;
    }

    private static bool TryNumber(ReadOnlySpan<char> value, out uint number, out ReadOnlySpan<char> rest)
    {
        var space = value.IndexOf(' ');
        rest = space < 0 ? default : value[(space + 1)..];
        return uint.TryParse(
            space < 0 ? value : value[..space],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out number
        );
    }
}
