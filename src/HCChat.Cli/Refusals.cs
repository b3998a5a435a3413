namespace HCChat.Cli;

/// <summary>The server's refusals (spec/codes.md) that a command may meet, for people who read Chinese: the server speaks English alone.</summary>
internal static class Refusals
{
    /// <summary>The meaning of a code; null for one that is not known here.</summary>
    public static string? InChinese(string code) =>
        code switch
        {
            "nick_taken" => "该名字已被占用",
            "nick_invalid" => "名字不符合规则",
            "channel_invalid" => "房间名无效",
            "channel_too_long" => "房间名过长",
            "banned" => "已被封禁",
            "locked" => "房间已锁定",
            "captcha" => "房间要求验证码，命令行无法通过",
            "not_found" => "没有这条消息，或已不存在",
            "forbidden" => "没有权限",
            "conflict" => "该消息 id 已用于其他内容",
            "unknown_user" => "房间里没有这个人",
            "no_identity" => "此人没有可授予权限的身份：既未证明密钥（--prove），也没有识别码",
            "bad_signature" => "服务器不认可密钥证明：服务器所知的地址与此处使用的不同",
            "not_new" => "只有最先进入新房间的人才能认领",
            "claimed" => "该房间已有所有者",
            "last_owner" => "房间至少要有一位所有者",
            "quota" => "此处的文件空间已满，暂不能再上传",
            "object_gone" => "这条消息的文件已不在服务器上，请重新发送",
            "store" => "对象存储拒绝了该文件",
            "gone" => "文件已不在存储中",
            "elsewhere" => "文件在另一台主机上，为避免泄露身份不予访问",
            "too_many" => "数量已达上限",
            "slow" => "该房间限制发言间隔，请稍候",
            "login_required" => "只有拥有账号的人可以进入",
            "bad_login" => "名称或密码有误，或账号已停用",
            "not_in_room" => "不在该房间",
            "bad_payload" => "参数不符合要求",
            "too_big" => "超出大小限制",
            "empty" => "内容为空",
            "unavailable" => "服务器暂时无法处理",
            "storage_full" => "服务器磁盘已满",
            "timeout" => "服务器未在规定时间内应答",
            "limited" => "操作过于频繁",
            _ when code == "rate" || code.StartsWith("rate_", StringComparison.Ordinal) => "操作过于频繁",
            _ => null,
        };
}
