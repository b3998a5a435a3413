namespace HCChat.Rtc.Transport;

/// <summary>What is remembered of one source: its newest number, wraps included, and which were there.</summary>
internal sealed class SrtpStream
{
    private ReplayWindow _window;
    private ulong _newest;
    private bool _any;

    /// <summary>
    /// The full number of a packet, guessed from its 16 bits and the newest one (RFC 3711 section 3.3.1 and appendix A). False: it was there, or comes from
    /// before the first one's first wrap.
    /// </summary>
    public bool TryEstimate(ushort sequence, out ulong index)
    {
        index = sequence;
        if (_any)
        {
            var newest = (ushort)_newest;
            var wraps = _newest >> 16;
            if (newest < 0x8000 && sequence - newest > 0x8000)
            {
                if (wraps == 0)
                    return false;
                wraps--;
            }
            else if (newest >= 0x8000 && newest - 0x8000 > sequence)
                wraps++;
            index |= wraps << 16;
        }
        return !_window.HasSeen(index);
    }

    public bool HasSeen(ulong index) => _window.HasSeen(index);

    /// <summary>Notes a packet that was authentic.</summary>
    public void Note(ulong index)
    {
        _window.Note(index);
        if (!_any || index > _newest)
            _newest = index;
        _any = true;
    }
}
