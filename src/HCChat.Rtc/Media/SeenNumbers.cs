namespace HCChat.Rtc.Media;

/// <summary>Which of the last 2,048 numbers have been seen. What is older counts as seen, so that nothing gets through twice.</summary>
internal sealed class SeenNumbers
{
    private const int Size = 2048;
    private readonly ulong[] _bits = new ulong[Size / 64];
    private long _highest = -1;

    /// <summary>False: it has been seen, or it is too old to know.</summary>
    public bool TryAdd(long number)
    {
        if (number > _highest)
            MoveTo(number);
        else if (_highest - number >= Size)
            return false;
        ref var word = ref _bits[number % Size / 64];
        var bit = 1UL << (int)(number % 64);
        if ((word & bit) != 0)
            return false;
        word |= bit;
        return true;
    }

    private void MoveTo(long number)
    {
        if (_highest < 0 || number - _highest >= Size)
            Array.Clear(_bits);
        else
            for (var passed = _highest + 1; passed <= number; passed++)
                _bits[passed % Size / 64] &= ~(1UL << (int)(passed % 64));
        _highest = number;
    }
}
