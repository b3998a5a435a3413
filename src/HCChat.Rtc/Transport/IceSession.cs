namespace HCChat.Rtc.Transport;

/// <summary>
/// One peer's addresses and credentials, as ICE-lite has them (RFC 8445 section 2.5): it never asks, it answers, and it sends to the address that the client has
/// chosen. Addresses are learned from checks alone; what the client tells of its candidates is not needed.
/// </summary>
internal sealed class IceSession
{
    /// <summary>Addresses of one peer that are remembered. The one that was heard of least recently makes room.</summary>
    public const int MaxLinks = 16;

    private readonly PeerTransport _peer;
    private readonly MediaPort _port;
    private readonly Lock _gate = new();
    private readonly List<Link> _links = [];
    private IceCredentials _newest;
    private IceCredentials _used;
    private volatile Link? _selected;
    private bool _closed;

    public IceSession(PeerTransport peer, MediaPort port)
    {
        _peer = peer;
        _port = port;
        _newest = _used = new IceCredentials(peer);
        port.Add(_newest);
    }

    /// <summary>The generation that is told.</summary>
    public IceCredentials Credentials => Volatile.Read(ref _newest);

    /// <summary>Where to send, or null while nobody has come.</summary>
    public Link? Selected => _selected;

    /// <summary>A new generation (RFC 8445 section 9). Checks of the one in use are answered until the first one of the new one comes.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            if (_newest != _used)
                _port.Remove(_newest);
            _newest = new IceCredentials(_peer);
            _port.Add(_newest);
        }
    }

    /// <summary>A check has come over this link.</summary>
    public void OnCheck(Link link, PassedCheck check)
    {
        lock (_gate)
        {
            if (_closed)
            {
                link.Close();
                return;
            }
            link.LastChecked = _port.Time.GetTimestamp();
            if (!_links.Contains(link))
                Add(link);
            var isFirstOfGeneration = check.Credentials == _newest && _newest != _used;
            if (isFirstOfGeneration)
            {
                _port.Remove(_used);
                _used = _newest;
            }
            if (check.UseCandidate && check.Credentials == _used || isFirstOfGeneration || _selected is null)
                _selected = link;
        }
    }

    /// <summary>A link has gone. If it was the selected one, the one that was heard of last takes its place.</summary>
    public void Forget(Link link)
    {
        lock (_gate)
        {
            if (_links.Remove(link) && _selected == link)
                _selected = _links.MaxBy(l => l.LastChecked);
        }
    }

    public void Close()
    {
        Link[] links;
        lock (_gate)
        {
            _closed = true;
            links = [.. _links];
            _links.Clear();
            _selected = null;
            _port.Remove(_newest);
            _port.Remove(_used);
        }
        foreach (var link in links)
            link.Close();
    }

    private void Add(Link link)
    {
        if (_links.Count >= MaxLinks && _links.Where(l => l != _selected).MinBy(l => l.LastChecked) is { } oldest)
        {
            _links.Remove(oldest);
            oldest.Close();
        }
        _links.Add(link);
    }
}
