namespace HCChat.Rtc.Media;

/// <summary>How loud a participant is, from the levels that its packets carry (RFC 6464).</summary>
internal sealed class Loudness
{
    /// <summary>How long is listened before it is judged.</summary>
    public const int WindowMs = 400;

    /// <summary>As loud as this (-35 dBov) is speech; the number is what is below the loudest.</summary>
    private const int Speech = 35;

    /// <summary>Of so many packets in a window, two fifths must be speech. With pauses between words that are not sent there are fewer.</summary>
    private const int LeastPackets = 8;
    private const int LatelyMs = 5000;

    /// <summary>Levels are told in eighths, so that they are not told all the time.</summary>
    private const float Step = 8;
    private static readonly float[] s_linear =
    [
        .. Enumerable.Range(0, 128).Select(below => MathF.Pow(10, -below / 20f)),
    ];
    private int _packets;
    private int _loud;
    private float _sum;
    private float _smooth;
    private int _quietWindows;
    private long _spokeMs = -LatelyMs;

    public bool IsSpeaking { get; private set; }

    /// <summary>From 0 to 1, linear, in eighths; 0 when it does not speak.</summary>
    public float Level { get; private set; }

    public bool HasSpokenLately(long nowMs) => nowMs - _spokeMs < LatelyMs;

    /// <summary>A packet carries a level.</summary>
    public void Add(byte level)
    {
        var below = level & 0x7f;
        _packets++;
        if (below > Speech)
            return;
        _loud++;
        _sum += s_linear[below];
    }

    /// <summary>A window is over. True: what is to be told has changed.</summary>
    public bool Judge(long nowMs)
    {
        var speaks = _loud * 5 >= Math.Max(_packets, LeastPackets) * 2;
        _smooth += ((speaks ? _sum / _loud : 0) - _smooth) / 2;
        _packets = _loud = 0;
        _sum = 0;
        _quietWindows = speaks ? 0 : _quietWindows + 1;
        var (before, levelBefore) = (IsSpeaking, Level);
        // One quiet window is a breath.
        IsSpeaking = speaks || (IsSpeaking && _quietWindows < 2);
        Level = IsSpeaking ? Math.Clamp(MathF.Ceiling(_smooth * Step) / Step, 1 / Step, 1) : 0;
        if (IsSpeaking)
            _spokeMs = nowMs;
        return IsSpeaking != before || Math.Abs(Level - levelBefore) > 0.001f;
    }
}
