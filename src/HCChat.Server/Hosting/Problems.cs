using System.Text.Json.Nodes;
using HCChat.Protocol;
using Microsoft.AspNetCore.Http.HttpResults;

namespace HCChat.Server.Hosting;

/// <summary>Refusals over HTTP: RFC 9457, with the words of spec/codes.md.</summary>
internal static class Problems
{
    /// <summary>What no route of the API takes has its words, too: another path, another method.</summary>
    public static void UseProblems(this WebApplication app) =>
        app.UseStatusCodePages(pages =>
        {
            var context = pages.HttpContext;
            return context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
                ? Problem(context.Response.StatusCode, Fault.UnknownCommand).ExecuteAsync(context)
                : Task.CompletedTask;
        });

    /// <summary>A refusal with the status that goes with it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="fault">The reason.</param>
    /// <param name="detail">A sentence with particulars, in the place of the fault's own.</param>
    /// <param name="retryAfter">When to try again.</param>
    public static ContentHttpResult Refuse(
        HttpContext context,
        Fault fault,
        string? detail = null,
        TimeSpan retryAfter = default
    )
    {
        if (retryAfter > TimeSpan.Zero)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds)
                .ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        return Problem(Status(fault), fault, detail);
    }

    /// <summary>A refusal with a status of its own.</summary>
    public static ContentHttpResult Problem(int status, Fault fault, string? detail = null) =>
        TypedResults.Text(
            new JsonObject
            {
                ["title"] = detail ?? fault.Text,
                ["status"] = status,
                ["code"] = fault.Code,
            }.ToJsonString(),
            "application/problem+json; charset=utf-8",
            statusCode: status
        );

    private static int Status(Fault fault) =>
        fault.Code switch
        {
            "unavailable" or "storage_full" or "overloaded" or "calls_away" => StatusCodes.Status503ServiceUnavailable,
            "bad_token" or "bad_login" or "login_failed" or "login_required" => StatusCodes.Status401Unauthorized,
            "locked" or "captcha" or "proof_of_work" or "banned" or "forbidden" => StatusCodes.Status403Forbidden,
            "no_calls" => StatusCodes.Status404NotFound,
            "conflict" or "nick_taken" or "call_running" or "object_gone" => StatusCodes.Status409Conflict,
            "too_big" or "quota" => StatusCodes.Status413PayloadTooLarge,
            _ when fault.Temporary => StatusCodes.Status429TooManyRequests,
            _ => StatusCodes.Status400BadRequest,
        };
}
