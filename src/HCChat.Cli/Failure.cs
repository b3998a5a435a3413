using System.Text.Json;
using HCChat.Client;
using HCChat.Crypto;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Cli;

/// <summary>What an exception means to the person at the terminal: an exit code, a stable word and a sentence.</summary>
internal sealed record Failure(int Exit, string Code, string Sentence)
{
    /// <summary>The meaning of <paramref name="e"/>; null for what is a bug and should show itself as one.</summary>
    public static Failure? Of(Exception e) =>
        e switch
        {
            UsageException => new(ExitCode.Usage, "usage", e.Message),
            DamagedException => new(ExitCode.Failed, "damaged", e.Message),
            PinsDamagedException => new(
                ExitCode.Failed,
                "damaged",
                Say(
                    "The list of keys by which the people of this room are known is damaged. `hcchat trust list` says where it is. Whoever moves it away takes everybody for whom they say they are, once more.",
                    "记录此房间成员密钥的文件已损坏，位置见 hcchat trust list。移走该文件后，会重新以首次见到的密钥为准。"
                )
            ),
            KeptException => new(ExitCode.Kept, "kept", e.Message),
            FormatException => new(
                ExitCode.Usage,
                "bad_link",
                Say(e.Message, "这不是有效的房间链接，可能在复制时被截断。完整形式为 https://主机/#/r/房间?k=…")
            ),
            ConnectFailedException failed => new(
                ExitCode.Failed,
                "connect",
                Say(
                    $"Cannot reach {failed.Server}: {Cause.OfConnection(failed.InnerException)}.",
                    $"无法连接 {failed.Server}：{Cause.OfConnection(failed.InnerException)}。"
                )
            ),
            ConnectionEndedException ended => new(
                ExitCode.Failed,
                "ended",
                Say(e.Message, $"服务器已结束连接（{ended.CloseCode}），不再重试。")
            ),
            JoinRefusedException { Code: "locked" } => new(
                ExitCode.Refused,
                "locked",
                Say(
                    $"Refused by the server: {e.Message} If the room knows you by your key, say --prove; an invitation or the room's password may open it, too.",
                    "服务器拒绝：不能进入该房间（locked）。如果房间凭密钥认识您，请加 --prove；邀请或房间密码也可能打开它。"
                )
            ),
            JoinRefusedException { Code: "login_required" } => new(
                ExitCode.Refused,
                "login_required",
                Say(
                    "Refused by the server: only people with an account come in here. Log in first, with hcchat login.",
                    "服务器拒绝：只有拥有账号的人可以进入（login_required）。请先用 hcchat login 登录。"
                )
            ),
            LoginRefusedException { Code: "bad_token" } => new(
                ExitCode.Refused,
                "bad_token",
                Say(
                    "The login is over, or the invitation is not good. Log in again, with hcchat login.",
                    "登录已失效，或邀请无效（bad_token）。请用 hcchat login 重新登录。"
                )
            ),
            NoSuchFileException { IsOtherKey: true } => new(
                ExitCode.WrongKey,
                "E_KEY_UNKNOWN",
                Say(
                    "The room's messages are sealed under another key than this one.",
                    "房间里的消息使用了另一个密钥，无法用当前密钥解读。"
                )
            ),
            FileRefusedException { Code: "not_found" } or NoSuchFileException => new(
                ExitCode.Refused,
                "not_found",
                Say(
                    "There is no such file: the message is not among those that the server has, has no file, or the file is gone.",
                    "没有这个文件：服务器上没有这条消息、消息不含文件，或文件已被删除。"
                )
            ),
            FileRefusedException { Code: "gone" } => new(
                ExitCode.Refused,
                "gone",
                Say(
                    "The file is not in the store any more, or not whole: the server has lost it. Whoever sent it can send it again.",
                    "文件已不在存储中或不完整（gone）：服务器丢失了它。请发送者重新发送。"
                )
            ),
            FileDamagedException damaged => new(
                ExitCode.Failed,
                damaged.Code,
                Say(
                    $"The file is not what was sent, or not all of it ({damaged.Code}): it was changed on the server or on the way. Nothing was saved.",
                    $"文件与发送时不同或不完整（{damaged.Code}）：在服务器上或传输中被改动。未保存任何内容。"
                )
            ),
            FileExistsException exists => new(
                ExitCode.Failed,
                "exists",
                Say(
                    $"{exists.FileName} exists already. Choose another name with -o, or say --force.",
                    $"{exists.FileName} 已存在。请用 -o 换一个名称，或加 --force 覆盖。"
                )
            ),
            RefusedException refused => new(
                ExitCode.Refused,
                refused.Code,
                Say(
                    $"Refused by the server: {e.Message}",
                    $"服务器拒绝：{Refusals.InChinese(refused.Code) ?? e.Message}（{refused.Code}）"
                )
            ),
            RoomClosedException { IsByOthers: true } => new(
                ExitCode.Refused,
                "room_closed",
                Say(e.Message, $"已被移出房间（{e.Message}）")
            ),
            RoomClosedException => new(ExitCode.Refused, "room_closed", Say(e.Message, "房间已关闭。")),
            RoomSaltChangedException => new(
                ExitCode.WrongKey,
                "E_SALT",
                Say(e.Message, "服务器给出的房间盐值与之前或链接中的不同，消息将无法解读。")
            ),
            E2eeException { Error: E2eeError.Limit } => new(
                ExitCode.Failed,
                "E_LIMIT",
                Say("The message is too long: 32 KiB is the limit.", "消息过长：上限为 32 KiB。")
            ),
            E2eeException { Error: E2eeError.NoIcu } => new(
                ExitCode.Failed,
                "E_NO_ICU",
                Say(
                    "This system cannot normalise Unicode (ICU is missing or switched off), so this passphrase would give another key here than elsewhere.",
                    "此系统无法规范化 Unicode（缺少或禁用了 ICU），该口令在此会得到与其他设备不同的密钥。"
                )
            ),
            E2eeException { Error: E2eeError.Resource } => new(
                ExitCode.Failed,
                "E_RESOURCE",
                Say("64 MiB of memory for the passphrase could not be had.", "无法分配处理口令所需的 64 MiB 内存。")
            ),
            E2eeException refused => new(
                ExitCode.Usage,
                refused.Code,
                Say("The passphrase is empty or not proper text.", "口令为空或不是有效文本。")
            ),
            IOException or UnauthorizedAccessException => new(ExitCode.Failed, "io", Cause.OfFile(e)),
            _ => null,
        };

    /// <summary>Tells people on standard error, and programs on standard output when they asked for JSON.</summary>
    public async Task<int> TellAsync(TextWriter output, TextWriter error, bool json)
    {
        await error.WriteLineAsync($"hcchat: {Sentence}");
        if (json)
        {
            var members = new Dictionary<string, string>
            {
                ["event"] = "error",
                ["code"] = Code,
                ["text"] = Sentence,
            };
            await output.WriteLineAsync(JsonSerializer.Serialize(members, EventJson.Compact));
        }
        return Exit;
    }
}
