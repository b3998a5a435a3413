namespace HCChat.Tests.Rtc.Transport;

/// <summary>
/// Inputs that nobody would make on purpose: valid ones with bits turned, pieces cut out, doubled and exchanged, and plain noise. The same ones in each run: 20,000, or a
/// million with <c>HCCHAT_LONG=1</c>.
/// </summary>
internal sealed class Fuzz(params byte[][] seeds)
{
    private static readonly bool s_long = Environment.GetEnvironmentVariable("HCCHAT_LONG") == "1";

    private readonly byte[] _buffer = new byte[2000];
    private ulong _state = 0x9e3779b97f4a7c15;

    public static int Count => s_long ? 1_000_000 : 20_000;

    /// <summary>The next input; valid until the next call.</summary>
    public Span<byte> Next()
    {
        var length = Chance(8) == 0 ? Noise() : Copy(seeds[Chance(seeds.Length)]);
        for (var changes = Chance(6); changes > 0; changes--)
            length = Change(length);
        return _buffer.AsSpan(0, length);
    }

    /// <summary>A number below a bound.</summary>
    public int Chance(int bound)
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)((_state >> 16) % (uint)bound);
    }

    private int Noise()
    {
        var length = Chance(200);
        for (var i = 0; i < length; i++)
            _buffer[i] = (byte)Chance(256);
        return length;
    }

    private int Copy(byte[] seed)
    {
        seed.CopyTo(_buffer, 0);
        return seed.Length;
    }

    private int Change(int length)
    {
        if (length == 0)
            return Noise();
        var at = Chance(length);
        switch (Chance(6))
        {
            case 0:
                _buffer[at] ^= (byte)(1 << Chance(8));
                return length;
            case 1:
                _buffer[at] = (byte)Chance(256);
                return length;
            case 2:
                _buffer[at] = Chance(2) == 0 ? (byte)0 : (byte)255;
                return length;
            case 3:
                return at;
            case 4:
                var cut = Chance(length - at) + 1;
                _buffer.AsSpan(at + cut, length - at - cut).CopyTo(_buffer.AsSpan(at));
                return length - cut;
            default:
                var more = Math.Min(Chance(length - at) + 1, _buffer.Length - length);
                _buffer.AsSpan(at, length - at).ToArray().CopyTo(_buffer, at + more);
                return length + more;
        }
    }
}
