using System.Globalization;
using HCChat.Client;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>Events for people's eyes. Control characters of others never reach the terminal.</summary>
internal static class EventText
{
    /// <summary>One line.</summary>
    public static string Write(ChatEvent happened) =>
        Harmless(
            $"{happened.Time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {Sentence(happened)}"
        );

    private static string Sentence(ChatEvent happened) =>
        happened switch
        {
            MessageReceived { Message: var m } => Message(m),
            UnprotectedReceived e => Say(
                $"! not encrypted, may be forged by the server: <{e.ServerNick}> {e.Text}",
                $"! 未加密的消息，可能被服务器伪造：<{e.ServerNick}> {e.Text}"
            ),
            UnreadableReceived e => Say(
                $"! a message of {e.ServerNick} cannot be read ({e.Code})",
                $"! 无法解读 {e.ServerNick} 的消息（{e.Code}）"
            ),
            ContentReceived e => Say(
                $"* {e.ServerNick}: {e.Content.Body.GetType().Name}",
                $"* {e.ServerNick}：{e.Content.Body.GetType().Name}"
            ),
            TitleReceived e => Say($"* the room is called {e.Title}", $"* 房间名称：{e.Title}"),
            MessagesMissing e => Say($"! {e.Count} messages are missing", $"! 缺少 {e.Count} 条消息"),
            RoomEntered e => Say(
                $"* here: {string.Join(", ", e.Members.Select(member => member.Nick))}",
                $"* 在场：{string.Join("、", e.Members.Select(member => member.Nick))}"
            ),
            MemberJoined e => Say($"* {e.Member.Nick} came", $"* {e.Member.Nick} 加入"),
            MemberLeft e => Say($"* {e.Member.Nick} left", $"* {e.Member.Nick} 离开"),
            MemberChanged e => Say(
                $"* {e.Before.Nick} is now {e.After.Nick}",
                $"* {e.Before.Nick} 现为 {e.After.Nick}"
            ),
            TypingReceived e => Say($"* {e.Nick} is typing", $"* {e.Nick} 正在输入"),
            NoticeReceived e => $"* {e.Text}",
            Disconnected e => Say(
                $"! disconnected, next attempt in {e.RetryAfter.TotalSeconds:0.0} s",
                $"! 连接中断，{e.RetryAfter.TotalSeconds:0.0} 秒后重试"
            ),
            EventsLost e => Say($"! {e.Count} lines were lost here", $"! 此处丢失 {e.Count} 行"),
            RoomClosed e => Say(
                $"! closed: {e.Reason.Message}",
                $"! 已关闭：{Failure.Of(e.Reason)?.Sentence ?? "已离开房间"}"
            ),
            _ => happened.GetType().Name,
        };

    private static string Message(Message m)
    {
        var name = m.NickMismatch
            ? Say($"{m.Nick} (server says {m.ServerNick})", $"{m.Nick}（服务器称 {m.ServerNick}）")
            : m.Nick;
        var whisper = m.Whisper ? Say(" (whisper)", "（私语）") : "";
        return m.Emote ? $"* {name} {m.Text}" : $"<{name}>{whisper} {m.Text}";
    }

    private static string Harmless(string line) =>
        string.Concat(line.Select(c => char.IsControl(c) && c != '\t' ? '\uFFFD' : c));
}
