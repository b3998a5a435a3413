namespace HCChat.Rtc.Media;

/// <summary>
/// Gives the packets for a subscriber their numbers. Within a layer the distance to the publisher's numbers stays the same, so that a packet that comes late
/// finds its place; where the publisher's packet had nothing in it the distance grows by one from there on, and the last such places are remembered.
/// </summary>
internal sealed class Numbering
{
    private const int Remembered = 32;
    private readonly Stretch[] _stretches = new Stretch[Remembered];
    private readonly SeenNumbers _sent = new();
    private int _count;
    private long _highestIn;

    /// <param name="From">The publisher's first number of it.</param>
    /// <param name="Shift">What is added.</param>
    private readonly record struct Stretch(long From, long Shift);

    /// <param name="first">The number of the first packet.</param>
    public Numbering(ushort first) => Highest = 0x10000 + first - 1;

    /// <summary>The highest number given, without wraps.</summary>
    public long Highest { get; private set; }

    /// <summary>A layer begins with this packet: it gets the next number, and what comes before it none.</summary>
    public void Begin(long number)
    {
        _stretches[0] = new Stretch(number, Highest + 1 - number);
        _count = 1;
        _highestIn = number - 1;
    }

    /// <summary>The number of a packet. False: it has no place any longer, or something has already been sent there.</summary>
    public bool TryMap(long number, out long outgoing)
    {
        if (!TryFind(number, out outgoing) || !_sent.TryAdd(outgoing))
            return false;
        _highestIn = Math.Max(_highestIn, number);
        Highest = Math.Max(Highest, outgoing);
        return true;
    }

    /// <summary>
    /// A packet has nothing in it. Either what follows closes up (false), or what follows has already been sent, and the place must be filled (true).
    /// </summary>
    public bool TrySkip(long number, out long outgoing)
    {
        if (number <= _highestIn)
            return TryMap(number, out outgoing);
        outgoing = 0;
        if (_count == 0)
            return false;
        _highestIn = number;
        var last = _stretches[_count - 1];
        var next = new Stretch(number + 1, last.Shift - 1);
        if (last.From == number)
            _stretches[_count - 1] = next;
        else
            Append(next);
        return false;
    }

    private void Append(Stretch stretch)
    {
        if (_count == Remembered)
        {
            Array.Copy(_stretches, 1, _stretches, 0, Remembered - 1);
            _count--;
        }
        _stretches[_count++] = stretch;
    }

    private bool TryFind(long number, out long outgoing)
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            if (_stretches[i].From > number)
                continue;
            outgoing = number + _stretches[i].Shift;
            return true;
        }
        outgoing = 0;
        return false;
    }
}
