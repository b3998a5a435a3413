// Real S3 clients against the built-in store: what they do by themselves (signatures, chunked bodies, checksums, parts) has to be understood.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { COMPAT, ServerProcess } from "./server.mjs";

const BUCKET = "hc-attachments";
const [ACCESS, SECRET] = ["tests", "a-secret-of-the-tests"];
const PART = 5 * 1024 * 1024;
const run = promisify(execFile);

let server, folder;
const files = {};

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const same = (bytes, file) => assert.equal(sha256(bytes), file.hash);
const fetched = async (url, init) => {
  const answer = await fetch(url, init);
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
};

/** Runs a program with an environment of its own; nothing of the user's settings is read, and nothing is written there. */
async function tool(program, args, environment = {}) {
  const { stdout } = await run(program, args, {
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: folder, ...environment },
    timeout: 120_000,
    maxBuffer: 64 * 1024 * 1024,
    encoding: "buffer",
  });
  return stdout;
}

describe("a stock S3 client", { concurrency: false }, () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "hcchat-s3-"));
    for (const [name, size] of [
      ["small", 1000],
      ["large", 20_000_000],
    ]) {
      const bytes = randomBytes(size);
      files[name] = { path: join(folder, name), bytes, size, hash: sha256(bytes) };
      writeFileSync(files[name].path, bytes);
    }
    server = await ServerProcess.start([...COMPAT, `--Storage:AccessKey=${ACCESS}`, `--Storage:SecretKey=${SECRET}`]);
  });

  after(async () => {
    await server?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const checksums of ["WHEN_SUPPORTED", "WHEN_REQUIRED"])
    test(`@aws-sdk/client-s3 and lib-storage, checksums ${checksums}`, async () => {
      const s3 = new S3Client({
        endpoint: server.http,
        region: "us-east-1",
        forcePathStyle: true,
        credentials: { accessKeyId: ACCESS, secretAccessKey: SECRET },
        requestChecksumCalculation: checksums,
        responseChecksumValidation: checksums,
      });
      const bytesOf = async (key, range) => {
        const got = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key, Range: range }));
        return Buffer.from(await got.Body.transformToByteArray());
      };
      for (const file of Object.values(files)) {
        const key = `js/${checksums}/海 ${file.size}.bin`;
        await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: file.bytes, ContentType: "image/png" }));
        same(await bytesOf(key), file);
        assert.deepEqual(await bytesOf(key, "bytes=10-19"), file.bytes.subarray(10, 20));
        const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }));
        assert.deepEqual([head.ContentLength, head.ContentType], [file.size, "image/png"]);
      }
      const key = `js/${checksums}/parts.bin`;
      const upload = new Upload({
        client: s3,
        params: { Bucket: BUCKET, Key: key, Body: files.large.bytes },
        partSize: PART,
      });
      await upload.done();
      same(await bytesOf(key), files.large);
      const listed = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `js/${checksums}/` }));
      assert.equal(listed.KeyCount, 3);

      const signed = { Bucket: BUCKET, Key: `js/${checksums}/signed`, ContentType: "text/plain" };
      const put = await getSignedUrl(s3, new PutObjectCommand(signed), { expiresIn: 60 });
      // By default the SDK puts the checksum of an empty body into such an address: it fits no other.
      if (checksums === "WHEN_REQUIRED") {
        const headers = { "content-type": "text/plain" };
        assert.equal((await fetched(put, { method: "PUT", headers, body: files.small.bytes })).status, 200);
        const get = new GetObjectCommand({ Bucket: BUCKET, Key: signed.Key });
        same((await fetched(await getSignedUrl(s3, get, { expiresIn: 60 }))).bytes, files.small);
      }
      for (const { Key } of listed.Contents) await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
      await assert.rejects(bytesOf(key), { name: "NoSuchKey" });
      s3.destroy();
    });

  test("awscli", async () => {
    const settings = join(folder, "aws");
    writeFileSync(settings, "[default]\ns3 =\n  addressing_style = path\n  multipart_threshold = 8MB\n");
    const aws = (...args) =>
      tool("/usr/bin/aws", ["--endpoint-url", server.http, ...args], {
        AWS_ACCESS_KEY_ID: ACCESS,
        AWS_SECRET_ACCESS_KEY: SECRET,
        AWS_DEFAULT_REGION: "us-east-1",
        AWS_CONFIG_FILE: settings,
        AWS_EC2_METADATA_DISABLED: "true",
      });
    for (const [name, file] of Object.entries(files)) {
      const address = `s3://${BUCKET}/aws/${name}`;
      await aws("s3", "cp", "--quiet", file.path, address);
      const back = join(folder, "aws-back");
      await aws("s3", "cp", "--quiet", address, back);
      same(readFileSync(back), file);
    }
    const range = join(folder, "aws-range");
    await aws("s3api", "get-object", "--bucket", BUCKET, "--key", "aws/large", "--range", "bytes=100-199", range);
    assert.deepEqual(readFileSync(range), files.large.bytes.subarray(100, 200));
    assert.match(String(await aws("s3", "ls", `s3://${BUCKET}/aws/`)), /20000000 large\n.* 1000 small/);
    const address = String(await aws("s3", "presign", `s3://${BUCKET}/aws/small`, "--expires-in", "60")).trim();
    same((await fetched(address)).bytes, files.small);
    await aws("s3", "rm", "--quiet", "--recursive", `s3://${BUCKET}/aws/`);
    assert.equal((await fetched(address)).status, 404);
  });

  test("s3cmd", async () => {
    const host = new URL(server.http).host;
    const s3cmd = (...args) =>
      tool("s3cmd", [
        "--config=/dev/null",
        `--access_key=${ACCESS}`,
        `--secret_key=${SECRET}`,
        `--host=${host}`,
        `--host-bucket=${host}`,
        "--no-ssl",
        "--region=us-east-1",
        "--no-progress",
        ...args,
      ]);
    for (const [name, file] of Object.entries(files)) {
      await s3cmd("put", file.path, `s3://${BUCKET}/s3cmd/${name}`, "--multipart-chunk-size-mb=5");
      const back = join(folder, "s3cmd-back");
      await s3cmd("get", "--force", `s3://${BUCKET}/s3cmd/${name}`, back);
      same(readFileSync(back), file);
    }
    assert.match(String(await s3cmd("ls", `s3://${BUCKET}/s3cmd/`)), /20000000 .*large/);
    // Its addresses are signed as S3 did before 2014: nothing comes of them.
    const old = String(await s3cmd("signurl", `s3://${BUCKET}/s3cmd/small`, "+60")).trim();
    assert.equal((await fetched(old)).status, 400);
    await s3cmd("del", "--recursive", "--force", `s3://${BUCKET}/s3cmd/`);
    assert.equal(String(await s3cmd("ls", `s3://${BUCKET}/s3cmd/`)), "");
  });

  test("rclone", async () => {
    const rclone = (...args) =>
      tool("rclone", ["--retries=1", "--s3-chunk-size=5M", "--s3-upload-cutoff=5M", ...args], {
        RCLONE_CONFIG: join(folder, "rclone.conf"),
        RCLONE_CONFIG_X_TYPE: "s3",
        RCLONE_CONFIG_X_PROVIDER: "Minio",
        RCLONE_CONFIG_X_ENDPOINT: server.http,
        RCLONE_CONFIG_X_ACCESS_KEY_ID: ACCESS,
        RCLONE_CONFIG_X_SECRET_ACCESS_KEY: SECRET,
        RCLONE_CONFIG_X_REGION: "us-east-1",
        RCLONE_CONFIG_X_FORCE_PATH_STYLE: "true",
      });
    for (const [name, file] of Object.entries(files)) {
      await rclone("copyto", file.path, `x:${BUCKET}/rclone/${name}`);
      same(await rclone("cat", `x:${BUCKET}/rclone/${name}`), file);
    }
    assert.deepEqual(
      await rclone("cat", "--offset=100", "--count=50", `x:${BUCKET}/rclone/large`),
      files.large.bytes.subarray(100, 150),
    );
    assert.match(String(await rclone("ls", `x:${BUCKET}/rclone`)), /20000000 large/);
    const address = String(await rclone("link", "--expire=60s", `x:${BUCKET}/rclone/small`)).trim();
    same((await fetched(address)).bytes, files.small);
    await rclone("delete", `x:${BUCKET}/rclone`);
    assert.equal((await fetched(address)).status, 404);
  });

  test("curl --aws-sigv4", async () => {
    const curl = (...args) =>
      tool("curl", [
        "-sS",
        "--aws-sigv4",
        "aws:amz:us-east-1:s3",
        "--user",
        `${ACCESS}:${SECRET}`,
        "-H",
        "x-amz-content-sha256: UNSIGNED-PAYLOAD",
        ...args,
      ]);
    for (const [name, file] of Object.entries(files)) {
      const address = `${server.http}/${BUCKET}/curl/${name}`;
      await curl("--fail", "-T", file.path, address);
      same(await curl("--fail", address), file);
      assert.deepEqual(await curl("--fail", "-r", "10-19", address), file.bytes.subarray(10, 20));
      await curl("--fail", "-X", "DELETE", address);
      assert.equal(String(await curl("-o", "/dev/null", "-w", "%{http_code}", address)), "404");
    }
  });
});
