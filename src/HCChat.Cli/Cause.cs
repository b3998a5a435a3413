using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>What the system says went wrong, in our own words. Its own text, which is English, stands behind only where ours says too little.</summary>
internal static class Cause
{
    private const int DiskFullOnUnix = 28;
    private const int DiskFullOnWindows = 0x70;

    /// <summary>Why there is no connection.</summary>
    public static string OfConnection(Exception? e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (Of(cause) is { } words)
            {
                return words;
            }
        }
        return Say($"the connection failed ({e?.Message})", $"连接失败（{e?.Message}）");
    }

    /// <summary>Why a file could not be read or written.</summary>
    public static string OfFile(Exception e) =>
        e switch
        {
            FileNotFoundException { FileName: { } name } => Say($"There is no file {name}.", $"文件 {name} 不存在。"),
            DirectoryNotFoundException => Say($"There is no such folder ({e.Message})", $"文件夹不存在（{e.Message}）"),
            UnauthorizedAccessException => Say(
                $"This user may not read or write that file ({e.Message})",
                $"当前用户无权读写该文件（{e.Message}）"
            ),
            _ when (e.HResult & 0xFFFF) is DiskFullOnUnix or DiskFullOnWindows => Say(
                "The disk is full.",
                "磁盘已满。"
            ),
            _ => Say($"A file could not be read or written ({e.Message})", $"无法读写文件（{e.Message}）"),
        };

    private static string? Of(Exception cause) =>
        cause switch
        {
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => Say(
                "no server is listening there",
                "该地址没有服务器在运行"
            ),
            SocketException
            {
                SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
            } => Say("the name of its host is not found", "找不到该主机名"),
            SocketException
            {
                SocketErrorCode: SocketError.HostUnreachable
                    or SocketError.NetworkUnreachable
                    or SocketError.NetworkDown
            } => Say("no network leads there", "网络不可达"),
            SocketException { SocketErrorCode: SocketError.TimedOut } or TimeoutException => Say(
                "there was no answer in time",
                "对方未在规定时间内应答"
            ),
            AuthenticationException => Say("its certificate is not trusted", "其证书不受信任"),
            WebSocketException { WebSocketErrorCode: WebSocketError.NotAWebSocket } => Say(
                $"it answered, but takes no chat connection now ({cause.Message})",
                $"对方有应答，但目前不接受聊天连接（{cause.Message}）"
            ),
            _ => null,
        };
}
