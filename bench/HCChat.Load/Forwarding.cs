using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using HCChat.Rtc.Transport;

namespace HCChat.Load;

/// <summary>
/// What the transport of calls costs for a packet that goes on to N people: taken from a socket and verified once, then copied, numbered, protected and sent for each of
/// them. The peer is a program in C that only receives and sends.
/// </summary>
internal static class Forwarding
{
    private const int Rounds = 7;
    private const int Header = 12;
    private const int Batch = 1000;
    private const int Batches = 10;

    private static readonly (string Name, int Payload)[] s_sizes = [("audio, 120 B", 120), ("video, 1,130 B", 1130)];

    public static async Task RunAsync(Scratch scratch)
    {
        var program = Path.Combine(scratch.Folder(), "udp-forward");
        using (var compiler = Process.Start("cc", ["-O2", "-o", program, "bench/peers/udp-forward.c"]))
        {
            await compiler.WaitForExitAsync();
            if (compiler.ExitCode != 0)
                throw new InvalidOperationException("The peer could not be compiled.");
        }
        Console.WriteLine(
            $"{"", -44}{"HCChat us", 11}{"C us", 8}{"packets/s of a core", 22}   HCChat ÷ C, CPU per forwarded packet"
        );
        foreach (
            var profile in new[] { SrtpProfile.AeadAes128Gcm, SrtpProfile.AeadAes256Gcm, SrtpProfile.Aes128CmHmacSha1 }
        )
        foreach (var (name, payload) in s_sizes)
        foreach (var receivers in new[] { 1, 7 })
            await CompareAsync(program, profile, name, payload, receivers);
    }

    private static async Task CompareAsync(string program, SrtpProfile profile, string name, int payload, int receivers)
    {
        using var forwarder = new Forwarder(profile, payload, receivers);
        forwarder.Forward(Batch, Batches);
        var (own, peer) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            double forwarded = Batch * Batches * receivers;
            own.Add(forwarder.Forward(Batch, Batches).TotalMicroseconds / forwarded);
            peer.Add(await OfPeerAsync(program, receivers, forwarder.Length, Batch * Batches) / forwarded);
        }
        var ratios = own.Zip(peer, (o, p) => o / p).Order().ToList();
        Console.WriteLine(
            $"{$"{profile}, {name}, to {receivers}", -44}{Figures.Median(own), 11:F2}{Figures.Median(peer), 8:F2}{1e6 / Figures.Median(own), 22:F0}   {Figures.Median(ratios):F2} ({ratios[0]:F2}-{ratios[^1]:F2}, {Rounds} rounds)"
        );
    }

    private static async Task<double> OfPeerAsync(string program, int receivers, int length, int count)
    {
        var arguments = new[] { receivers, length, count }.Select(n => n.ToString(CultureInfo.InvariantCulture));
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var cpu = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return double.Parse(cpu, CultureInfo.InvariantCulture);
    }

    private sealed class Forwarder : IDisposable
    {
        private readonly Socket _socket = Bound();
        private readonly Socket _sink = Bound();
        private readonly SocketAddress _own;
        private readonly SocketAddress _to;
        private readonly SocketAddress _from;
        private readonly SrtpSender _publisher;
        private readonly SrtpReceiver _receiver;
        private readonly SrtpSender[] _subscribers;
        private readonly byte[][] _made = new byte[Batch][];
        private readonly byte[] _packet = new byte[2048];
        private readonly byte[] _copy = new byte[2048];
        private readonly int _plain;
        private ushort _sequence;

        public Forwarder(SrtpProfile profile, int payload, int receivers)
        {
            _own = _socket.LocalEndPoint!.Serialize();
            _to = _sink.LocalEndPoint!.Serialize();
            _from = new SocketAddress(AddressFamily.InterNetwork);
            _plain = Header + payload;
            var key = RandomNumberGenerator.GetBytes(profile.KeyLength);
            var salt = RandomNumberGenerator.GetBytes(profile.SaltLength);
            _publisher = new SrtpSender(profile, key, salt, Sources(1u << 24));
            _receiver = new SrtpReceiver(profile, key, salt);
            _subscribers =
            [
                .. Enumerable
                    .Range(0, receivers)
                    .Select(i => new SrtpSender(
                        profile,
                        RandomNumberGenerator.GetBytes(key.Length),
                        salt,
                        Sources((uint)i + 1)
                    )),
            ];
            Make();
            Length = _made[0].Length;
        }

        /// <summary>Bytes of a protected packet.</summary>
        public int Length { get; }

        /// <summary>Forwards packets, whose making is not counted.</summary>
        public TimeSpan Forward(int batch, int batches)
        {
            var used = TimeSpan.Zero;
            for (var i = 0; i < batches; i++)
            {
                Make();
                var began = Environment.CpuUsage.TotalTime;
                for (var n = 0; n < batch; n++)
                    ForwardOne(_made[n]);
                used += Environment.CpuUsage.TotalTime - began;
            }
            return used;
        }

        public void Dispose()
        {
            _socket.Dispose();
            _sink.Dispose();
            _publisher.Dispose();
            _receiver.Dispose();
            foreach (var subscriber in _subscribers)
                subscriber.Dispose();
        }

        private void ForwardOne(byte[] made)
        {
            _socket.SendTo(made, SocketFlags.None, _own);
            var length = _receiver.UnprotectRtp(
                _packet.AsSpan(0, _socket.ReceiveFrom(_packet, SocketFlags.None, _from))
            );
            if (length != _plain)
                throw new InvalidOperationException("A packet was lost.");
            for (var i = 0; i < _subscribers.Length; i++)
            {
                _packet.AsSpan(0, length).CopyTo(_copy);
                BinaryPrimitives.WriteUInt32BigEndian(_copy.AsSpan(8), (uint)i + 1);
                _socket.SendTo(_copy.AsSpan(0, _subscribers[i].ProtectRtp(_copy, length)), SocketFlags.None, _to);
            }
        }

        private void Make()
        {
            var packet = new byte[_plain + PeerTransport.Slack];
            for (var i = 0; i < Batch; i++)
            {
                packet.AsSpan().Clear();
                (packet[0], packet[1]) = (0x80, 96);
                BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), _sequence++);
                packet[8] = 1;
                _made[i] = packet[.._publisher.ProtectRtp(packet, _plain)];
            }
        }

        private static SrtpSources Sources(uint ssrc)
        {
            var sources = new SrtpSources();
            sources.Begin(ssrc);
            return sources;
        }

        private static Socket Bound()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return socket;
        }
    }
}
