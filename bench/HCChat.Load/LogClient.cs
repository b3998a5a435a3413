using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace HCChat.Load;

/// <summary>A client of family <c>hcchat</c>: sends envelopes and waits for their acknowledgements, or reads a room's history page by page.</summary>
internal sealed class LogClient : IDisposable
{
    private const int MidLength = 22;

    // What a short message is once it is padded and sealed: "E2EE:" and 588 characters.
    private const int EnvelopeBytes = 441;

    private readonly BareSocket _socket;
    private readonly string _channel;
    private readonly byte[] _frame;
    private readonly int _midAt;

    private LogClient(BareSocket socket, string channel)
    {
        _socket = socket;
        _channel = channel;
        var text = "E2EE:" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(EnvelopeBytes));
        var mid = new string('m', MidLength);
        _frame = BareSocket.Frame($$"""{"cmd":"chat","channel":"{{channel}}","text":"{{text}}","mid":"{{mid}}"}""");
        _midAt = _frame.Length - MidLength - 2;
    }

    /// <summary>Connects and joins a room.</summary>
    public static async Task<LogClient> JoinAsync(int port, string channel, string nick)
    {
        var client = new LogClient(await BareSocket.ConnectAsync(port), channel);
        await client._socket.SendAsync("""{"cmd":"session","proto":3}""");
        await client.AwaitAsync("session");
        await client._socket.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"{{nick}}"}""");
        await client.AwaitAsync("session");
        return client;
    }

    /// <summary>Keeps messages under way until told to stop, then waits for the last acknowledgement.</summary>
    /// <param name="window">How many are unacknowledged at a time.</param>
    /// <param name="more">Whether to send one more.</param>
    /// <param name="acknowledged">Called for each one that is on the server's disk.</param>
    /// <exception cref="InvalidOperationException">One was refused, is not durable, or was acknowledged twice.</exception>
    public async Task SendAsync(int window, Func<bool> more, Action acknowledged)
    {
        var awaited = new HashSet<string>();
        var frames = new byte[window * _frame.Length];
        while (true)
        {
            var length = 0;
            while (awaited.Count < window && more())
            {
                _frame.CopyTo(frames, length);
                awaited.Add(PutMid(frames.AsSpan(length + _midAt, MidLength)));
                length += _frame.Length;
            }
            await _socket.SendRawAsync(frames.AsMemory(0, length));
            if (awaited.Count == 0)
            {
                return;
            }
            var frame = await _socket.NextFrameAsync();
            do
            {
                if (MidOf(frame.Span) is { } mid)
                {
                    if (!awaited.Remove(mid))
                    {
                        throw new InvalidOperationException("Acknowledged without need.");
                    }
                    acknowledged();
                }
            } while (_socket.TryNextFrame(out frame));
        }
    }

    /// <summary>Reads all that is kept of the room.</summary>
    /// <param name="backwards">From the newest page, or from the oldest.</param>
    /// <returns>How many events it was given.</returns>
    public async Task<int> ReadAsync(bool backwards)
    {
        var (events, position) = (0, backwards ? "" : ",\"since\":0");
        while (true)
        {
            await _socket.SendAsync($$"""{"cmd":"sync","channel":"{{_channel}}","limit":200{{position}}}""");
            var page = await AwaitAsync("replay");
            events += page.Span.Count("\"cmd\":\"chat\""u8);
            if (page.Span.LastIndexOf("\"more\":true"u8) < 0)
            {
                return events;
            }
            position = backwards
                ? $",\"before\":{Number(page, "\"from\":"u8)}"
                : $",\"since\":{Number(page, "\"to\":"u8)}";
        }
    }

    public void Dispose() => _socket.Dispose();

    private static long Number(ReadOnlyMemory<byte> frame, ReadOnlySpan<byte> name)
    {
        var digits = frame.Span[(frame.Span.IndexOf(name) + name.Length)..];
        digits = digits[..digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9')];
        return long.Parse(digits, CultureInfo.InvariantCulture);
    }

    private static string PutMid(Span<byte> mid)
    {
        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        Base64Url.EncodeToUtf8(random, mid);
        return Encoding.ASCII.GetString(mid);
    }

    // The message that an "ack" is about; null for any other frame.
    private static string? MidOf(ReadOnlySpan<byte> frame)
    {
        var cmd = frame[..Math.Min(frame.Length, 32)];
        if (cmd.IndexOf("\"cmd\":\"nack\""u8) >= 0 || cmd.IndexOf("\"cmd\":\"warn\""u8) >= 0)
        {
            throw new InvalidOperationException($"Refused: {Encoding.UTF8.GetString(frame)}");
        }
        if (cmd.IndexOf("\"cmd\":\"ack\""u8) < 0)
        {
            return null;
        }
        if (frame.IndexOf("\"durable\":true"u8) < 0)
        {
            throw new InvalidOperationException("Acknowledged, and not on the disk.");
        }
        var name = "\"mid\":\""u8;
        return Encoding.ASCII.GetString(frame.Slice(frame.IndexOf(name) + name.Length, MidLength));
    }

    private async Task<ReadOnlyMemory<byte>> AwaitAsync(string cmd)
    {
        var wanted = Encoding.ASCII.GetBytes($"\"cmd\":\"{cmd}\"");
        while (true)
        {
            var frame = await _socket.NextFrameAsync();
            if (frame.Span[..Math.Min(frame.Length, 32)].IndexOf(wanted) >= 0)
            {
                return frame;
            }
        }
    }
}
