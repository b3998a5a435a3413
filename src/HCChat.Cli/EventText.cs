using HCChat.Client;
using HCChat.Crypto;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>Events for people's eyes. Control characters of others never reach the terminal.</summary>
internal sealed class EventText
{
    private readonly Mentions _mentions = new();

    /// <summary>One line.</summary>
    public string Write(ChatEvent happened)
    {
        var sentence = Sentence(happened);
        _mentions.Learn(happened);
        return $"{Mentions.Clock(happened.Time)} {sentence}";
    }

    /// <summary>What happened, without the time.</summary>
    public string Sentence(ChatEvent happened) => Harmless(Raw(happened));

    private string Raw(ChatEvent happened) => Warned(happened.Authorship, Words(happened));

    /// <summary>Whoever speaks in another's name shall not look like them.</summary>
    private static string Warned(Authorship? by, string line) =>
        by?.Standing switch
        {
            Standing.Changed => Say(
                $"! NOT THE KEY that this name had (this one: {by.Signer!.Text}): {line}",
                $"! 密钥与该名字之前使用的不同（现为 {by.Signer!.Text}）：{line}"
            ),
            Standing.Missing => Say(
                $"! NOT SIGNED, although this name signs: {line}",
                $"! 未签名，而该名字平时都签名：{line}"
            ),
            Standing.Verified => $"✓ {line}", // at the very beginning, where no name can put it
            _ => line,
        };

    private static string Names(OngoingCall call) => string.Join(Say(", ", "、"), call.People.Select(p => p.Nick));

    private string Words(ChatEvent happened) =>
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
                $"* {e.ServerNick} sent something that this version does not know: update hcchat",
                $"* {e.ServerNick} 发送了此版本不认识的内容：请更新 hcchat"
            ),
            CallStarted e => Say($"* {e.Nick} started a call", $"* {e.Nick} 发起了通话"),
            CallChanged { Call.People.Count: 0 } e => Say(
                $"* a call is on that {e.Call.Nick} began",
                $"* {e.Call.Nick} 发起的通话正在进行"
            ),
            CallChanged e => Say($"* in the call: {Names(e.Call)}", $"* 通话中：{Names(e.Call)}"),
            CallEnded => Say("* the call is over", "* 通话已结束"),
            CallRekeyed e => Say($"* {e.Nick} changed the keys of the call", $"* {e.Nick} 更换了通话密钥"),
            MessageEdited or MessageDeleted or ReactionReceived or ReceiptReceived => Change(happened),
            TimerChanged { After.Ticks: 0 } e => Say(
                $"* {e.Nick}: from here on messages stay",
                $"* {e.Nick}：此后的消息将保留"
            ),
            TimerChanged e => Say(
                $"* {e.Nick}: from here on messages disappear after {e.After}",
                $"* {e.Nick}：此后的消息在 {e.After} 后消失"
            ),
            HistoryChanged { History: var h } e => Say(
                $"* {e.Nick}: the server keeps {Kept(h.Mode)}, for {h.Days} days, {h.Count} at most",
                $"* {e.Nick}：服务器保留{Kept(h.Mode)}，{h.Days} 天，最多 {h.Count} 条"
            ),
            HistoryGap => Say(
                "! here something may be missing that the server does not have any more",
                "! 此处可能缺少服务器已不再保留的内容"
            ),
            HistoryEnded => Say("* history ends here", "* 历史到此为止"),
            TitleReceived e => Say($"* the room is called {e.Title}", $"* 房间名称：{e.Title}"),
            MessagesMissing { Position: not null } e => Say(
                $"! {e.Count} messages that were said here are not there any more: lost for age, deleted or disappeared",
                $"! 此处曾有 {e.Count} 条消息，现已不在：因过期丢失、被删除或已消失"
            ),
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
            NoticeReceived { Code: "pins_not_kept" } e => Say(
                $"! {e.Text}",
                "! 无法保存此处各人的密钥：下次运行时将不认识他们。"
            ),
            NoticeReceived { Code: "outbox_damaged" } e => Say($"! {e.Text}", "! 发件箱中有损坏的条目，已丢失。"),
            NoticeReceived { Code: { } code } e when Refusals.InChinese(code) is { } meaning => Say(
                $"* {e.Text}",
                $"* {meaning}（{code}：{e.Text}）"
            ),
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
            _ => OfOrder(happened),
        };

    private static string OfOrder(ChatEvent happened) =>
        happened switch
        {
            DoorChanged { Nick: "", Door.Raided: true } => Say(
                "* so many are coming in that newcomers pay by a moment of work",
                "* 涌入的人过多，新来者须先做一点计算"
            ),
            DoorChanged { Nick: "" } => Say("* newcomers come in as usual again", "* 新来者恢复正常进入"),
            DoorChanged { Door: var d } e => Say(
                $"* {e.Nick} set the room: {Door(d)}",
                $"* {e.Nick} 修改了房间设置：{Door(d)}"
            ),
            KnockReceived e => Say(
                $"* {e.Nick}{Known(e)} knocks (hcchat room admit {e.UserId}): {e.Text}",
                $"* {e.Nick}{Known(e)} 请求进入（hcchat room admit {e.UserId}）：{e.Text}"
            ),
            MemberBanned { Ban: { Muted: true } b } e => Say(
                $"* {e.By} silenced {b.Nick} until {b.Expires:u} ({b.Id})",
                $"* {e.By} 已将 {b.Nick} 禁言至 {b.Expires:u}（{b.Id}）"
            ),
            MemberBanned { Ban: var b } e => Say(
                $"* {e.By} banned {b.Nick} until {b.Expires:u} ({b.Id})",
                $"* {e.By} 已将 {b.Nick} 封禁至 {b.Expires:u}（{b.Id}）"
            ),
            BanLifted e => Say($"* the ban {e.Id} was lifted", $"* 封禁 {e.Id} 已解除"),
            _ => happened.GetType().Name,
        };

    private string Change(ChatEvent happened) =>
        happened switch
        {
            MessageEdited e => Say(
                $"* {e.Nick} changed {Quoted(e.Target)}: {e.Text}",
                $"* {e.Nick} 修改了{Quoted(e.Target)}：{e.Text}"
            ),
            MessageDeleted { ByModerator: true } e => Say(
                $"* {Named(e.Target)} was removed by a moderator, says the server",
                $"* 服务器称{Named(e.Target)}已被管理员删除"
            ),
            MessageDeleted e => Say($"* {e.Nick} removed {Named(e.Target)}", $"* {e.Nick} 删除了{Named(e.Target)}"),
            ReactionReceived { Off: true } e => Say(
                $"* {e.Nick} took {e.Key} back from {Quoted(e.Target)}",
                $"* {e.Nick} 撤回了对{Quoted(e.Target)}的 {e.Key}"
            ),
            ReactionReceived e => Say(
                $"* {e.Nick} reacted to {Quoted(e.Target)}: {e.Key}",
                $"* {e.Nick} 回应{Quoted(e.Target)}：{e.Key}"
            ),
            ReceiptReceived { Read: { } read } e => Say(
                $"* {e.Nick} has read up to {Quoted(read)}",
                $"* {e.Nick} 已读到{Quoted(read)}"
            ),
            ReceiptReceived { Delivered: { } got } e => Say(
                $"* {e.Nick} has received up to {Quoted(got)}",
                $"* {e.Nick} 已收到{Quoted(got)}"
            ),
            _ => "",
        };

    private string Quoted(string id) => _mentions.Quoted(id);

    private string Named(string id) => _mentions.Named(id);

    private static string Kept(string mode) =>
        mode switch
        {
            "off" => Say("nothing", "（无）"),
            "encrypted" => Say("what is encrypted", "加密内容"),
            _ => Say("everything", "全部内容"),
        };

    private static string Message(Message m)
    {
        var name = m.NickMismatch
            ? Say($"{m.Nick} (server says {m.ServerNick})", $"{m.Nick}（服务器称 {m.ServerNick}）")
            : m.Nick;
        var whisper =
            m.WrittenTo is { } other ? Say($" (whisper, written to {other})", $"（私语，写给 {other}）")
            : m.Whisper ? Say(" (whisper)", "（私语）")
            : "";
        var files = string.Concat(m.Files.Select(file => $" 📎 {File(file)}"));
        var text = m.Text.Length > 0 || files.Length == 0 ? $" {m.Text}" : "";
        return m.Emote ? $"* {name}{text}" : $"<{name}>{whisper}{files}{text}";
    }

    private static string File(SharedFile file) =>
        file.Size is { } size ? $"{file.Name} ({FileSize.Of(size)})" : file.Name;

    private static string Known(KnockReceived e) =>
        (e.Identity ?? (e.Trip is { } trip ? $"trip:{trip}" : null)) is { } identity ? $" ({identity})" : "";

    private static string Door(RoomDoor d)
    {
        string?[] parts =
        [
            d.Entrance switch
            {
                RoomEntrance.Open => Say("open", "开放"),
                RoomEntrance.Invite => Say("by invitation", "凭邀请进入"),
                _ => Say("members only", "仅限成员"),
            },
            d.HasPassword ? Say("password", "有密码") : null,
            d.Toll ? Say("newcomers pay by work", "新来者须做计算") : null,
            d.Knock ? Say("takes knocks", "可敲门") : null,
            d.Slow > TimeSpan.Zero ? Say($"slow {d.Slow.TotalSeconds} s", $"发言间隔 {d.Slow.TotalSeconds} 秒") : null,
            d.Listed ? Say("listed", "公开列出") : null,
            d.Owned ? null : Say("nobody's", "无主"),
        ];
        return string.Join(Say(", ", "、"), parts.OfType<string>());
    }

    /// <summary>Without what a terminal would obey.</summary>
    public static string Harmless(string line) =>
        string.Concat(line.Select(c => char.IsControl(c) && c != '\t' ? '\uFFFD' : c));
}
