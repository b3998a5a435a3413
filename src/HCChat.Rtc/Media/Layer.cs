using System.Text;

namespace HCChat.Rtc.Media;

/// <summary>One encoding of a track. Audio, and video without simulcast, have one.</summary>
internal sealed class Layer
{
    private const int KeyframeEveryMs = 300;
    private const int SettledMs = 2000;
    private const int ChokedMs = 2000;
    private readonly RateMeter _rate = new();
    private readonly byte[] _rid;
    private readonly int _clockRate;
    private long _firstMs;
    private long _chokedUntilMs;
    private long _askedMs = -KeyframeEveryMs;
    private bool _keyframeWanted;

    public Layer(Publication publication, int rank, string rid, DeclaredLayer declared, PacketPool pool, int clockRate)
    {
        Publication = publication;
        Rank = rank;
        Rid = rid;
        _rid = Encoding.ASCII.GetBytes(rid);
        Declared = declared;
        _clockRate = clockRate;
        History = new PacketHistory(pool);
        Reception = new Reception(clockRate);
    }

    public Publication Publication { get; }

    /// <summary>0 is the lowest.</summary>
    public int Rank { get; }

    /// <summary>Its name in the description; empty without simulcast.</summary>
    public string Rid { get; }

    public DeclaredLayer Declared { get; set; }

    /// <summary>Its source, or 0 while that is not known.</summary>
    public uint Ssrc { get; private set; }

    /// <summary>The source of its repetitions, or 0.</summary>
    public uint RtxSsrc { get; set; }

    public Reception Reception { get; private set; }
    public PacketHistory History { get; }
    public MissingNumbers Missing { get; } = new();

    /// <summary>How many subscribers are being sent it. What nobody is sent is neither asked for again nor kept.</summary>
    public int Users { get; set; }

    /// <summary>When its last packet came, or 0.</summary>
    public long HeardMs { get; private set; }

    public bool IsNamed(ReadOnlySpan<byte> rid) => rid.SequenceEqual(_rid);

    /// <summary>It comes from this source from now on, and everything known of another one is void.</summary>
    public void Begin(uint ssrc)
    {
        Ssrc = ssrc;
        Reception = new Reception(_clockRate);
        Missing.Clear();
        History.Clear();
    }

    /// <summary>Bytes of it have come.</summary>
    public void Count(int bytes, long nowMs)
    {
        if (HeardMs == 0 || nowMs - HeardMs > SettledMs)
            _firstMs = nowMs;
        HeardMs = nowMs;
        _rate.Add(bytes, nowMs);
    }

    /// <summary>Its publisher sends too much: for a while nobody is to be sent this layer.</summary>
    public void Choke(long nowMs) => _chokedUntilMs = nowMs + ChokedMs;

    public bool IsChoked(long nowMs) => nowMs < _chokedUntilMs;

    /// <summary>Bits per second; while it is young, at least what was declared.</summary>
    public long Cost(long nowMs)
    {
        var measured = _rate.BitsPerSecond(nowMs);
        return nowMs - _firstMs < SettledMs ? Math.Max(measured, Declared.Bitrate) : measured;
    }

    public void WantKeyframe() => _keyframeWanted = true;

    public void OnKeyframe() => _keyframeWanted = false;

    /// <summary>Whether to ask for a keyframe now: one is wanted, and the last asking is 300 ms ago.</summary>
    public bool TakeKeyframeRequest(long nowMs)
    {
        if (!_keyframeWanted || Ssrc == 0 || nowMs - _askedMs < KeyframeEveryMs)
            return false;
        _keyframeWanted = false;
        _askedMs = nowMs;
        return true;
    }
}
