using System.Text.Json.Nodes;
using HCChat.Protocol;
using HCChat.Server.Chat;
using HCChat.Server.Hosting;
using HCChat.Server.Identities;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HCChat.Server.Api;

/// <summary>Logging in, and what shows at other doors who one is (spec/protocol.md, Logging in).</summary>
internal static class AuthApi
{
    private const double LoginCost = 5;

    /// <summary>Ten tries at an account's password from one address, then one every second and a half.</summary>
    private const double GuessCost = 100;

    /// <summary>A hundred from all addresses together: fewer, and anybody could lock somebody out of their account.</summary>
    private const double GuessCostOfAll = 10;

    public static void MapAuth(this WebApplication app)
    {
        foreach (var prefix in new[] { "/api", "" })
        {
            app.MapGet(prefix + "/auth/methods", Methods);
            app.MapPost(prefix + "/auth/login", LogInAsync);
            app.MapPost(prefix + "/auth/register", RegisterAsync);
            app.MapPost(prefix + "/auth/refresh", RefreshAsync);
            app.MapPost(prefix + "/auth/logout", LogOutAsync);
            app.MapPost(prefix + "/chat/token", ChatTokenAsync);
        }
        app.MapGet(
            "/.well-known/jwks.json",
            (TokenKeys keys) => TypedResults.Text(keys.KeySet(), "application/jwk-set+json")
        );
    }

    private static ContentHttpResult Methods(ChatServer chat)
    {
        var methods = new JsonObject
        {
            ["open"] = chat.Settings.TakesGuests,
            ["accounts"] = chat.Settings.TakesPasswords,
        };
        if (chat.Settings.OidcName is { } name)
        {
            methods["oidc"] = new JsonObject { ["name"] = name };
        }
        return Json(methods);
    }

    // {name, password}: an account. {code, verifier}: one that has logged in elsewhere. {nick, pass?}: a guest.
    private static Task<IResult> LogInAsync(
        HttpContext context,
        ChatServer chat,
        AllowedOrigins origins,
        LoginCodes codes
    ) =>
        AnswerAsync(
            context,
            chat,
            origins,
            async message =>
            {
                if (message.Has("code"))
                {
                    return
                        codes.Take(message.String("code") ?? "", message.String("verifier") ?? "") is { } id
                        && chat.Accounts.Find(id) is { } back
                        ? await LoggedInAsync(chat, back)
                        : Problems.Refuse(context, Fault.BadToken);
                }
                if (message.Has("name") || message.Has("password"))
                {
                    if (message.String("name") is not { } name || message.String("password") is not { } password)
                    {
                        return Problems.Refuse(context, Fault.BadPayload, "name and password are strings.");
                    }
                    if (!chat.Settings.TakesPasswords)
                    {
                        return NoPasswords(context);
                    }
                    if (!Accounts.IsName(name))
                    {
                        return Problems.Refuse(context, Fault.BadLogin);
                    }
                    var account = "login:" + Accounts.Fold(name);
                    var here = chat.ChargesOf(account + "\0" + ClientAddress.Key(context));
                    if (
                        !here.TryCharge(GuessCost, out var wait)
                        || !chat.ChargesOf(account).TryCharge(GuessCostOfAll, out wait)
                    )
                    {
                        return Problems.Refuse(context, Fault.RateCommand, retryAfter: wait);
                    }
                    return await chat.Accounts.LogInAsync(name, password) is { } known
                        ? await LoggedInAsync(chat, known)
                        : Problems.Refuse(context, Fault.BadLogin);
                }
                if (!chat.Settings.TakesGuests)
                {
                    return Problems.Refuse(context, Fault.LoginRequired);
                }
                var nick = message.String("nick");
                if (!Names.IsNick(nick))
                {
                    return Problems.Refuse(context, Fault.NickInvalid);
                }
                var pass = message.Characters("pass");
                var trip = chat.Trips.Of(pass);
                Array.Clear(pass ?? []);
                var access = new Tokens.Access("guest:" + Guid.NewGuid().ToString("N"), nick, trip);
                return Json(
                    new JsonObject
                    {
                        ["accessToken"] = chat.Tokens.Issue(access),
                        ["expiresSeconds"] = (long)Tokens.Lifetime.TotalSeconds,
                        ["identity"] = access.Subject,
                    }
                );
            }
        );

    private static Task<IResult> RegisterAsync(HttpContext context, ChatServer chat, AllowedOrigins origins) =>
        AnswerAsync(
            context,
            chat,
            origins,
            async message =>
            {
                var (invite, name, password) = (
                    message.String("invite"),
                    message.String("name"),
                    message.String("password")
                );
                if (invite is null || !Accounts.IsName(name) || !Accounts.IsPassword(password))
                {
                    return Problems.Refuse(
                        context,
                        Fault.BadPayload,
                        $"invite; name: 1 to {Accounts.MaxName} letters, digits, _, . and -; password: {Accounts.MinPassword} to {Accounts.MaxPassword} characters."
                    );
                }
                if (!chat.Settings.TakesPasswords)
                {
                    return NoPasswords(context);
                }
                return await chat.Accounts.RegisterAsync(invite, name!, password!) is { } account
                    ? await LoggedInAsync(chat, account)
                    : Problems.Refuse(context, Fault.BadToken, "The invitation is not good, or the name is taken.");
            }
        );

    private static Task<IResult> RefreshAsync(HttpContext context, ChatServer chat, AllowedOrigins origins) =>
        AnswerAsync(
            context,
            chat,
            origins,
            async message =>
            {
                var (token, chosen) = (message.String("refreshToken"), message.String("next"));
                if (token is null || (message.Has("next") && (chosen is null || !Accounts.IsRefreshToken(chosen))))
                {
                    return Problems.Refuse(context, Fault.BadPayload, "refreshToken; next?: 32 bytes in base64url.");
                }
                return await chat.Accounts.RefreshAsync(token, chosen) is var (account, next, login)
                    ? Answer(chat, account, (next, login))
                    : Problems.Refuse(context, Fault.BadToken);
            }
        );

    private static Task<IResult> LogOutAsync(HttpContext context, ChatServer chat, AllowedOrigins origins) =>
        AnswerAsync(
            context,
            chat,
            origins,
            async message =>
            {
                await chat.Accounts.EndAsync(message.String("refreshToken") ?? "");
                return TypedResults.NoContent();
            }
        );

    // {room, nick?, pass?, password?, invite?}: what shows that one may be in that room.
    private static Task<IResult> ChatTokenAsync(HttpContext context, ChatServer chat, AllowedOrigins origins) =>
        AnswerAsync(
            context,
            chat,
            origins,
            async message =>
            {
                Tokens.Access? access = null;
                if (Requests.Token(context) is { } token)
                {
                    access = await chat.Tokens.ReadAccessAsync(token);
                    if (access is null || (access.Nick is null && !await chat.IsGoodAsync(access)))
                    {
                        return Problems.Refuse(context, Fault.BadToken);
                    }
                }
                var (capability, refusal) = await Visiting.EnterAsync(
                    chat,
                    ClientAddress.Key(context),
                    message,
                    access
                );
                if (capability is null)
                {
                    return MessagesApi.Answer(context, refusal!);
                }
                var here = Requests.Reached(context, chat);
                return Json(
                    new JsonObject
                    {
                        ["wsUrl"] = $"ws{here["http".Length..]}/chat-ws",
                        ["jwt"] = chat.Tokens.Issue(capability),
                        ["expiresSeconds"] = (long)Tokens.Lifetime.TotalSeconds,
                    }
                );
            }
        );

    private static ContentHttpResult NoPasswords(HttpContext context) =>
        Problems.Refuse(context, Fault.Forbidden, "Nobody logs in with a password here.");

    private static async Task<IResult> LoggedInAsync(ChatServer chat, Account account) =>
        Answer(chat, account, await chat.Accounts.StartAsync(account));

    private static ContentHttpResult Answer(
        ChatServer chat,
        Account account,
        (string RefreshToken, string Login) started
    ) =>
        Json(
            new JsonObject
            {
                ["accessToken"] = chat.Tokens.Issue(new Tokens.Access(account.Identity, null, "", started.Login)),
                ["expiresSeconds"] = (long)Tokens.Lifetime.TotalSeconds,
                ["refreshToken"] = started.RefreshToken,
                ["identity"] = account.Identity,
                ["name"] = account.Name,
            }
        );

    private static async Task<IResult> AnswerAsync(
        HttpContext context,
        ChatServer chat,
        AllowedOrigins origins,
        Func<Incoming, Task<IResult>> answer
    )
    {
        if (Requests.Refusal(context, chat, origins) is { } refused)
        {
            return refused;
        }
        if (!chat.ChargesOf(ClientAddress.Key(context)).TryCharge(LoginCost, out var wait))
        {
            return Problems.Refuse(context, Fault.RateCommand, retryAfter: wait);
        }
        var (message, refusal) = await Requests.ReadAsync(context);
        if (message is null)
        {
            return refusal!;
        }
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            return await answer(message);
        }
        catch (TimeoutException)
        {
            return Problems.Refuse(context, Fault.Unavailable, retryAfter: TimeSpan.FromSeconds(1));
        }
    }

    private static ContentHttpResult Json(JsonObject answer) =>
        TypedResults.Text(answer.ToJsonString(), "application/json; charset=utf-8");
}
