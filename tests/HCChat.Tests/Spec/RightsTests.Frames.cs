namespace HCChat.Tests.Spec;

// What each verb is tried with.
public sealed partial class RightsTests
{
    // Channel, somebody else's userid, an invitation's or a ban's id.
    private static readonly Dictionary<string, string> s_frames = new()
    {
        ["session"] = """{"cmd":"session","proto":3}""",
        ["identify"] = """{"cmd":"identify","key":"x","sig":"x"}""",
        ["getchannels"] = """{"cmd":"getchannels"}""",
        ["ping"] = """{"cmd":"ping"}""",
        ["knock"] = """{"cmd":"knock","channel":"{0}","nick":"knocker"}""",
        ["join"] = """{"cmd":"join","channel":"{0}","nick":"joiner"}""",
        ["leave"] = """{"cmd":"leave","channel":"{0}"}""",
        ["chat"] = """{"cmd":"chat","channel":"{0}","mid":"mid-000000000001","text":"E2EE:x"}""",
        ["emote"] = """{"cmd":"emote","channel":"{0}","mid":"mid-000000000001","text":"x"}""",
        ["edit"] =
            """{"cmd":"edit","channel":"{0}","mid":"mid-000000000001","target":"mid-own-00000001","text":"E2EE:y"}""",
        ["edit of another's"] =
            """{"cmd":"edit","channel":"{0}","mid":"mid-000000000001","target":"mid-other-000001","text":"E2EE:y"}""",
        ["delete"] = """{"cmd":"delete","channel":"{0}","mid":"mid-000000000001","target":"mid-own-00000001"}""",
        ["delete of another's"] =
            """{"cmd":"delete","channel":"{0}","mid":"mid-000000000001","target":"mid-other-000001"}""",
        ["note"] = """{"cmd":"note","channel":"{0}","mid":"mid-000000000001","text":"E2EE:x"}""",
        ["updateMessage"] = """{"cmd":"updateMessage","channel":"{0}","customId":"a","text":"x"}""",
        ["whisper"] = """{"cmd":"whisper","channel":"{0}","mid":"mid-000000000001","userid":{1},"text":"E2EE:x"}""",
        ["invite"] = """{"cmd":"invite","channel":"{0}","userid":{1}}""",
        ["changenick"] = """{"cmd":"changenick","channel":"{0}","nick":"renamed"}""",
        ["changecolor"] = """{"cmd":"changecolor","channel":"{0}","color":"ff0000"}""",
        ["sync"] = """{"cmd":"sync","channel":"{0}"}""",
        ["typing"] = """{"cmd":"typing","channel":"{0}"}""",
        ["who"] = """{"cmd":"who","channel":"{0}"}""",
        ["delivered_receipt"] =
            """{"cmd":"delivered_receipt","channel":"{0}","mid":"mid-000000000001","messageId":"mid-other-000001"}""",
        ["read_receipt"] =
            """{"cmd":"read_receipt","channel":"{0}","mid":"mid-000000000001","messageId":"mid-other-000001"}""",
        ["add_reaction"] =
            """{"cmd":"add_reaction","channel":"{0}","mid":"mid-000000000001","messageId":"mid-other-000001","emoji":"x"}""",
        ["remove_reaction"] =
            """{"cmd":"remove_reaction","channel":"{0}","mid":"mid-000000000001","messageId":"mid-other-000001","emoji":"x"}""",
        ["status_update"] = """{"cmd":"status_update","channel":"{0}","status":"away"}""",
        ["stats"] = """{"cmd":"stats","channel":"{0}"}""",
        ["morestats"] = """{"cmd":"morestats","channel":"{0}"}""",
        ["help"] = """{"cmd":"help","channel":"{0}"}""",
        ["capability"] = """{"cmd":"capability","channel":"{0}"}""",
        ["claim"] = """{"cmd":"claim","channel":"{0}"}""",
        ["kick"] = """{"cmd":"kick","channel":"{0}","userid":{1}}""",
        ["ban"] = """{"cmd":"ban","channel":"{0}","userid":{1},"scope":"room"}""",
        ["dumb"] = """{"cmd":"mute","channel":"{0}","userid":{1},"scope":"room"}""",
        ["bans"] = """{"cmd":"bans","channel":"{0}"}""",
        ["pardon"] = """{"cmd":"pardon","channel":"{0}","id":"x"}""",
        ["setmotd"] = """{"cmd":"setmotd","channel":"{0}","motd":"x"}""",
        ["lockroom"] = """{"cmd":"lockroom","channel":"{0}","level":1}""",
        ["unlockroom"] = """{"cmd":"unlockroom","channel":"{0}"}""",
        ["roles"] = """{"cmd":"roles","channel":"{0}"}""",
        ["setrole"] = """{"cmd":"setrole","channel":"{0}","identity":"trip:AuMPLk","role":"member"}""",
        ["setrole to moderator"] = """{"cmd":"setrole","channel":"{0}","identity":"trip:AuMPLk","role":"moderator"}""",
        ["setroom"] = """{"cmd":"setroom","channel":"{0}","slow":1}""",
        ["setroom of the password"] = """{"cmd":"setroom","channel":"{0}","password":"x"}""",
        ["createinvite"] = """{"cmd":"createinvite","channel":"{0}"}""",
        ["invites"] = """{"cmd":"invites","channel":"{0}"}""",
        ["revokeinvite"] = """{"cmd":"revokeinvite","channel":"{0}","id":"x"}""",
        ["admit"] = """{"cmd":"admit","channel":"{0}","userid":1}""",
        ["sethistory"] = """{"cmd":"sethistory","channel":"{0}","days":5}""",
        ["closeroom"] = """{"cmd":"closeroom","channel":"{0}"}""",
        ["unclaim"] = """{"cmd":"unclaim","channel":"{0}"}""",
        ["unban"] = """{"cmd":"unban","channel":"{0}","hash":"x"}""",
        ["unbanall"] = """{"cmd":"unbanall","channel":"{0}"}""",
        ["speak"] = """{"cmd":"unmute","channel":"{0}","hash":"x"}""",
        ["enablecaptcha"] = """{"cmd":"enablecaptcha","channel":"{0}"}""",
        ["disablecaptcha"] = """{"cmd":"disablecaptcha","channel":"{0}"}""",
        ["forcecolor"] = """{"cmd":"forcecolor","channel":"{0}","nick":"target","color":"ff0000"}""",
        ["forceflair"] = """{"cmd":"forceflair","channel":"{0}","nick":"target","flair":"🤖"}""",
        ["addmod"] = """{"cmd":"addmod","channel":"{0}","trip":"AuMPLk"}""",
        ["removemod"] = """{"cmd":"removemod","channel":"{0}","trip":"AuMPLk"}""",
        ["listusers"] = """{"cmd":"listusers","channel":"{0}"}""",
        ["shout"] = """{"cmd":"shout","channel":"{0}","text":"x"}""",
        // What only hack.chat's clients can say, and what only the app can.
        ["claimchannel"] = """{"cmd":"claimchannel","channel":"{0}"}""",
        ["unclaimchannel"] = """{"cmd":"unclaimchannel","channel":"{0}"}""",
        ["renewclaim"] = """{"cmd":"renewclaim","channel":"{0}"}""",
        ["makepublic"] = """{"cmd":"makepublic","channel":"{0}"}""",
        ["makeprivate"] = """{"cmd":"makeprivate","channel":"{0}"}""",
        ["setlevel"] = """{"cmd":"setlevel","channel":"{0}","trip":"AuMPLk","level":"trustedUser"}""",
        ["message"] = """{"type":"message","room":"{0}","id":"mid-000000000001","text":"x"}""",
        ["dm"] = """{"type":"dm","room":"{0}","id":"mid-000000000001","to":"target","text":"x"}""",
        ["nick"] = """{"type":"nick","room":"{0}","nick":"renamed"}""",
    };
}
