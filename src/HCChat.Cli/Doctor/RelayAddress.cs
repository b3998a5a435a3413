namespace HCChat.Cli.Doctor;

/// <summary>What <c>turn:</c>, <c>turns:</c> and <c>stun:</c> addresses say (RFC 7064, RFC 7065).</summary>
internal sealed record RelayAddress(string Host, int Port, bool IsUdp, bool IsTls, bool IsStun)
{
    /// <summary>Reads one; null when it is none.</summary>
    public static RelayAddress? Parse(string text)
    {
        var (scheme, rest) = Cut(text, ':');
        if (scheme is not ("turn" or "turns" or "stun"))
        {
            return null;
        }
        var (place, query) = Cut(rest, '?');
        var isTls = scheme == "turns";
        var isUdp = !isTls && query != "transport=tcp";
        // An IPv6 address stands in brackets.
        var colon = place.LastIndexOf(':');
        var hasPort = colon > place.LastIndexOf(']');
        var host = (hasPort ? place[..colon] : place).Trim('[', ']');
        var port = isTls ? 5349 : 3478;
        return host.Length > 0 && (!hasPort || int.TryParse(place[(colon + 1)..], out port))
            ? new RelayAddress(host, port, isUdp, isTls, scheme == "stun")
            : null;
    }

    private static (string Before, string After) Cut(string text, char at) =>
        text.IndexOf(at, StringComparison.Ordinal) is var i and >= 0 ? (text[..i], text[(i + 1)..]) : (text, "");
}
