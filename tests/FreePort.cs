using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace HCChat;

/// <summary>
/// Ports of 127.0.0.1 that nobody has, each given out once. They lie below those that the system gives to connections (from 32768 on): a server that is
/// down for a moment would else find its port taken by one of the very clients that try to come back to it.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // Runs beside one another begin in different places.
    private static int s_next = RandomNumberGenerator.GetInt32(Count);

    public static int Next()
    {
        for (var i = 0; i < Count; i++)
        {
            var port = First + (Interlocked.Increment(ref s_next) & int.MaxValue) % Count;
            if (IsFree(port))
                return port;
        }
        throw new InvalidOperationException($"No port from {First} to {First + Count - 1} is free.");
    }

    private static bool IsFree(int port)
    {
        var here = new IPEndPoint(IPAddress.Loopback, port);
        using var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var udp = new Socket(SocketType.Dgram, ProtocolType.Udp);
        try
        {
            tcp.Bind(here);
            udp.Bind(here);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
