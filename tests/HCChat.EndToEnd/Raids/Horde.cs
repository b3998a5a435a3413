using System.Net;
using System.Net.Sockets;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd.Raids;

/// <summary>Many sockets from a few addresses that join one room and then flood it, as all families of clients; half of them never read.</summary>
/// <param name="port">The server.</param>
/// <param name="addresses">How many addresses, from 127.0.0.2 on.</param>
/// <param name="each">How many sockets from each.</param>
internal sealed class Horde(int port, int addresses, int each) : IDisposable
{
    private const int FramesEach = 250;

    private readonly RawSocket?[] _raiders = new RawSocket?[addresses * each];
    private readonly CancellationTokenSource _over = new();
    private int _come;
    private int _flooded;
    private int _cutOff;

    /// <summary>How many have come and asked to be let in.</summary>
    public int Come => Volatile.Read(ref _come);

    /// <summary>How many have sent all that they had, or as much as was taken.</summary>
    public int Flooded => Volatile.Read(ref _flooded);

    /// <summary>How many of those that read the server has thrown out.</summary>
    public int CutOff => Volatile.Read(ref _cutOff);

    /// <summary>All of them come, one after the other from each address, and then flood.</summary>
    public async Task ChargeAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, addresses).Select(ComeAsync));
        await Task.WhenAll(Enumerable.Range(0, addresses).Select(FloodAsync));
    }

    public void Dispose()
    {
        _over.Cancel();
        foreach (var raider in _raiders)
        {
            raider?.Abort();
        }
        _over.Dispose();
    }

    private async Task ComeAsync(int address)
    {
        var from = new IPAddress([127, 0, 0, (byte)(address + 2)]);
        for (var i = 0; i < each; i++)
        {
            var raider = await RawSocket.OpenAsync(port, from: from);
            _raiders[address * each + i] = raider;
            if (i % 2 == 0)
            {
                _ = DrainAsync(raider);
            }
            foreach (var frame in Joining(i % 3, $"raider_{address}_{i}"))
            {
                await raider.SendJsonAsync(frame);
            }
            Interlocked.Increment(ref _come);
        }
    }

    private async Task FloodAsync(int address)
    {
        for (var i = 0; i < each; i++)
        {
            var text = new string('x', 200 + i * 20);
            var shout = Frame.OfText($$"""{"cmd":"chat","channel":"raided","text":"{{text}}"}""");
            try
            {
                for (var n = 0; n < FramesEach; n++)
                {
                    await _raiders[address * each + i]!.SendAsync(shout);
                }
            }
            catch (SocketException)
            {
                // Thrown out while it was sending.
            }
            Interlocked.Increment(ref _flooded);
        }
    }

    private static object[] Joining(int family, string nick)
    {
        object join = new
        {
            cmd = "join",
            channel = "raided",
            nick,
        };
        return family switch
        {
            0 => [new { cmd = "session", proto = 3 }, join],
            1 => [join],
            _ => [new { type = "nick", nick }, new { type = "join", room = "raided" }],
        };
    }

    private async Task DrainAsync(RawSocket raider)
    {
        try
        {
            await raider.DrainAsync(_over.Token);
            Interlocked.Increment(ref _cutOff);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // It is over.
        }
    }
}
