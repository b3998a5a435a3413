namespace HCChat.Rtc.Transport;

/// <summary>
/// Which of the newest packet numbers were there already (RFC 3711 section 3.3.2), as a ring of bits that never has to be shifted (RFC 6479). A number below
/// the window counts as seen.
/// </summary>
internal struct ReplayWindow
{
    /// <summary>How far back a late packet may come from. At 500 packets a second more than a second.</summary>
    public const int Size = 960;

    // One word more than the window: the newest word is filled while the oldest numbers are still asked for.
    private const int Words = Size / 64 + 1;

    private Bits _bits;
    private ulong _newest;
    private bool _any;

    /// <summary>Whether a number was there, or is too old to say.</summary>
    public readonly bool HasSeen(ulong index)
    {
        if (!_any || index > _newest)
            return false;
        return _newest - index >= Size || (_bits[(int)(index / 64 % Words)] >> (int)(index % 64) & 1) != 0;
    }

    /// <summary>Notes a number that <see cref="HasSeen"/> has denied, once the packet has proved to be authentic.</summary>
    public void Note(ulong index)
    {
        if (!_any || index > _newest)
        {
            var newWord = index / 64;
            var steps = _any ? Math.Min(newWord - _newest / 64, Words) : Words;
            for (var i = 0ul; i < steps; i++)
                _bits[(int)((newWord - i) % Words)] = 0;
            _newest = index;
            _any = true;
        }
        _bits[(int)(index / 64 % Words)] |= 1ul << (int)(index % 64);
    }

    [System.Runtime.CompilerServices.InlineArray(Words)]
    private struct Bits
    {
        private ulong _first;
    }
}
