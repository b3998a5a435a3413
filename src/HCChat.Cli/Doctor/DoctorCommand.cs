using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using HCChat.Server;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli.Doctor;

/// <summary><c>hcchat doctor</c>: what a client would be offered, tried from here, and said in words.</summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    // What a relay must never send to: its own machine, the network that it stands in, and the addresses by which clouds tell secrets.
    private static readonly IPAddress[] s_forbidden =
    [
        IPAddress.Loopback,
        IPAddress.Parse("10.0.0.5"),
        IPAddress.Parse("169.254.169.254"),
        IPAddress.Parse("::ffff:127.0.0.1"),
        IPAddress.Parse("64:ff9b::7f00:1"),
    ];

    /// <summary>The verb.</summary>
    public static Command Create(Terminal terminal)
    {
        var doctor = new Command(
            "doctor",
            Say("Tries what clients need, and says what fails.", "检查客户端所需的各项，并说明问题。")
        );
        var server = new Option<string?>("--server")
        {
            Description = Say(
                "the server's address; else the one that runs on this machine",
                "服务器地址；默认为本机上运行的服务器"
            ),
        };
        var data = new Option<string?>("--data")
        {
            Description = Say("the data folder of that one; else the user's own", "其数据文件夹；默认为当前用户的"),
        };
        var rtc = new Command("rtc", Say("Calls: addresses of media, and relays.", "通话：媒体地址与中继。"));
        rtc.Options.Add(server);
        rtc.Options.Add(data);
        rtc.SetAction(
            async (parsed, stop) =>
            {
                var address = parsed.GetValue(server) ?? ServerHost.AdminAccess(parsed.GetValue(data) ?? "").Url;
                if (address is null)
                {
                    throw new UsageException(
                        Say(
                            "No server runs on this data folder; name one with --server.",
                            "这个数据文件夹上没有正在运行的服务器；请用 --server 指定。"
                        )
                    );
                }
                return await RunAsync(RoomOptions.ServerAddress(address), terminal, stop);
            }
        );
        doctor.Subcommands.Add(rtc);
        return doctor;
    }

    private static async Task<int> RunAsync(Uri server, Terminal terminal, CancellationToken stop)
    {
        var report = new Report(terminal.Output);
        try
        {
            var access = Accounts.Open(server, terminal) is { } login ? await login.AccessTokenAsync(stop) : null;
            using var seat = await WithinAsync(s => CallSeat.TakeAsync(server, access, s), stop);
            await report.GoodAsync(Say("A seat in a call", "通话席位"), seat.Url);
            var offered = await WithinAsync(seat.EnterAsync, stop);
            if (offered is null)
            {
                await report.BadAsync(
                    seat.Url,
                    Say("it let us in, but offered nothing", "已进入，但服务器未提供任何媒体地址")
                );
            }
            else
            {
                await TryAddressesAsync(report, offered, stop);
            }
            foreach (var relay in seat.Relays)
            {
                await TryRelayAsync(report, relay, stop);
            }
            if (seat.Relays.Count == 0)
            {
                await report.NoteAsync(
                    Say(
                        "No relay is set (Turn:Urls): whoever reaches none of these addresses cannot take part.",
                        "未设置中继（Turn:Urls）：无法直接到达以上地址的人不能参加通话。"
                    )
                );
            }
        }
        catch (CallRefusedException e)
        {
            await report.BadAsync(Say("A seat in a call", "通话席位"), $"{e.Code}: {e.Message}");
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            await report.BadAsync(server.ToString(), Why(e));
        }
        return report.IsGood ? 0 : ExitCode.Failed;
    }

    private static async Task TryAddressesAsync(Report report, CallSeat.Offered offered, CancellationToken stop)
    {
        var reached = false;
        foreach (var candidate in offered.Candidates)
        {
            var parts = candidate.Split(' ');
            if (
                parts.Length < 8
                || !IPAddress.TryParse(parts[4], out var address)
                || !int.TryParse(parts[5], out var port)
            )
            {
                continue;
            }
            var isUdp = parts[2].Equals("udp", StringComparison.OrdinalIgnoreCase);
            var name = $"{(isUdp ? "UDP" : "TCP")} {new IPEndPoint(address, port)}";
            try
            {
                await WithinAsync(s => CheckAsync(new IPEndPoint(address, port), isUdp, offered, s), stop);
                reached = true;
                await report.GoodAsync(name, Say("answers", "有应答"));
            }
            catch (Exception e) when (IsUnreachable(e))
            {
                await report.BadAsync(name, Why(e));
            }
        }
        if (!reached)
        {
            await report.NoteAsync(
                Say(
                    "None of these answers from here. Set Rtc:Addresses to the address by which others reach this machine, and open Rtc:Port for UDP and TCP.",
                    "从这里无法到达以上任何地址。请把 Rtc:Addresses 设为别人访问本机所用的地址，并为 Rtc:Port 放行 UDP 与 TCP。"
                )
            );
        }
    }

    // As a browser would: a check with the names of both ends and the password (RFC 8445 §7.2).
    private static async Task<bool> CheckAsync(
        IPEndPoint to,
        bool isUdp,
        CallSeat.Offered offered,
        CancellationToken stop
    )
    {
        await using var path = isUdp
            ? StunPath.OverUdp(to, TimeProvider.System)
            : await StunPath.OverTcpAsync(to, null, isFramed: true, TimeProvider.System, stop);
        var request = StunMessage.Request(StunMessage.Binding).User(offered.Ufrag + ":doctor");
        await path.AskAsync(request, System.Text.Encoding.UTF8.GetBytes(offered.Password), stop);
        return true;
    }

    private static async Task TryRelayAsync(Report report, CallSeat.Relay relay, CancellationToken stop)
    {
        try
        {
            var refused = await WithinAsync(s => AllocateAsync(report, relay, s), stop);
            if (refused is { } number)
            {
                await report.BadAsync(
                    relay.Url,
                    number == 401
                        ? Say(
                            "401: it does not take our credentials. Is Turn:Secret its static-auth-secret, and are both clocks right?",
                            "401：中继不接受凭据。请检查 Turn:Secret 是否为其 static-auth-secret，以及两边的时钟。"
                        )
                        : Say($"{number}: it gives no place", $"{number}：中继不提供位置")
                );
            }
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            await report.BadAsync(relay.Url, Why(e));
        }
    }

    private static async Task<int?> AllocateAsync(Report report, CallSeat.Relay relay, CancellationToken stop)
    {
        var url = RelayAddress.Parse(relay.Url);
        if (url is null)
        {
            return null;
        }
        var address = (await Dns.GetHostAddressesAsync(url.Host, stop))[0];
        await using var path = url.IsUdp
            ? StunPath.OverUdp(new IPEndPoint(address, url.Port), TimeProvider.System)
            : await StunPath.OverTcpAsync(
                new IPEndPoint(address, url.Port),
                url.IsTls ? url.Host : null,
                isFramed: false,
                TimeProvider.System,
                stop
            );
        if (url.IsStun)
        {
            await path.AskAsync(StunMessage.Request(StunMessage.Binding), null, stop);
            await report.GoodAsync(relay.Url, Say("answers", "有应答"));
            return null;
        }
        var place = new TurnRelay(path, relay.User, relay.Password);
        if (await place.AllocateAsync(stop) is { } refused)
        {
            return refused;
        }
        await report.GoodAsync(relay.Url, Say("gives a place", "可用"));
        foreach (var peer in s_forbidden)
        {
            if (await place.PermitAsync(peer, stop) is null)
            {
                await report.BadAsync(
                    relay.Url,
                    Say(
                        $"would send to {peer}: strangers could reach your network through it. Use the denied-peer-ip lines of docs/coturn/turnserver.conf.",
                        $"会转发到 {peer}：外人可借此进入您的内部网络。请使用 docs/coturn/turnserver.conf 中的 denied-peer-ip 各行。"
                    )
                );
            }
        }
        await place.LeaveAsync(stop);
        return null;
    }

    private static async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> doAsync, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        return await doAsync(either.Token);
    }

    private static bool IsUnreachable(Exception e) =>
        e
            is SocketException
                or IOException
                or HttpRequestException
                or WebSocketException
                or AuthenticationException
                or OperationCanceledException;

    private static string Why(Exception e) =>
        e is OperationCanceledException ? Say("no answer in five seconds", "五秒内没有应答") : e.Message;

    /// <summary>A line for each thing that was tried.</summary>
    private sealed class Report(TextWriter output)
    {
        /// <summary>Whether nothing failed.</summary>
        public bool IsGood { get; private set; } = true;

        public Task GoodAsync(string what, string how) => output.WriteLineAsync($"  ok    {what}  {how}");

        public Task BadAsync(string what, string why)
        {
            IsGood = false;
            return output.WriteLineAsync($"  FAIL  {what}  {why}");
        }

        public Task NoteAsync(string sentence) => output.WriteLineAsync($"  {sentence}");
    }
}
