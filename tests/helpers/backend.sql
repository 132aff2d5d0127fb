-- The existing backend's tables as Prisma makes them (`prisma db push`), HEAD's users columns included.
-- Uniqueness is unique indexes, not constraints; "updatedAt" has no default: that is Prisma's way.

CREATE TYPE "CredentialScope" AS ENUM ('user', 'global');

CREATE TABLE "users" (
    "id" SERIAL NOT NULL,
    "username" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "password" TEXT NOT NULL,
    "fullName" TEXT,
    "role" TEXT NOT NULL DEFAULT 'USER',
    "commissionRate" DECIMAL(6,4) NOT NULL DEFAULT 0.20,
    "fixedMonthlyCost" DECIMAL(18,2) NOT NULL DEFAULT 0,
    "balance" DECIMAL(18,2) NOT NULL DEFAULT 0,
    "totalEarnings" DECIMAL(18,2) NOT NULL DEFAULT 0,
    "totalSales" INTEGER NOT NULL DEFAULT 0,
    "isActive" BOOLEAN NOT NULL DEFAULT true,
    "lastLoginAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "createdBy" INTEGER,
    "paypalPayoutEmail" TEXT,
    "payoneerPayoutEmail" TEXT,
    "onboardingStep" INTEGER NOT NULL DEFAULT 0,
    "onboardingCompleted" BOOLEAN NOT NULL DEFAULT false,
    "ebayConnected" BOOLEAN NOT NULL DEFAULT false,
    "amazonConnected" BOOLEAN NOT NULL DEFAULT false,
    "mercadolibreConnected" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "api_credentials" (
    "id" SERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "apiName" TEXT NOT NULL,
    "environment" TEXT NOT NULL DEFAULT 'production',
    "credentials" TEXT NOT NULL,
    "isActive" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "scope" "CredentialScope" NOT NULL DEFAULT 'user',
    "sharedById" INTEGER,

    CONSTRAINT "api_credentials_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "api_status_snapshots" (
    "id" SERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "apiName" TEXT NOT NULL,
    "environment" TEXT NOT NULL DEFAULT 'production',
    "status" TEXT NOT NULL,
    "isAvailable" BOOLEAN NOT NULL,
    "isConfigured" BOOLEAN NOT NULL,
    "error" TEXT,
    "message" TEXT,
    "latency" INTEGER,
    "trustScore" DOUBLE PRECISION NOT NULL DEFAULT 100.0,
    "lastChecked" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "api_status_snapshots_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "api_status_history" (
    "id" SERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "apiName" TEXT NOT NULL,
    "environment" TEXT NOT NULL DEFAULT 'production',
    "status" TEXT NOT NULL,
    "previousStatus" TEXT,
    "isAvailable" BOOLEAN NOT NULL,
    "isConfigured" BOOLEAN NOT NULL,
    "error" TEXT,
    "message" TEXT,
    "latency" INTEGER,
    "trustScore" DOUBLE PRECISION DEFAULT 100.0,
    "changedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_status_history_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "marketplace_auth_status" (
    "id" SERIAL NOT NULL,
    "user_id" INTEGER NOT NULL,
    "marketplace" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'unknown',
    "message" TEXT,
    "requires_manual" BOOLEAN NOT NULL DEFAULT false,
    "last_automatic_attempt" TIMESTAMP(3),
    "last_automatic_success" TIMESTAMP(3),
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "marketplace_auth_status_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "activities" (
    "id" SERIAL NOT NULL,
    "userId" INTEGER,
    "action" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "ipAddress" TEXT,
    "userAgent" TEXT,
    "metadata" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "activities_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "users_username_key" ON "users"("username");
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");
CREATE INDEX "users_createdAt_idx" ON "users"("createdAt");
CREATE INDEX "users_email_idx" ON "users"("email");
CREATE INDEX "users_username_idx" ON "users"("username");
CREATE INDEX "users_role_isActive_idx" ON "users"("role", "isActive");

CREATE INDEX "api_credentials_userId_apiName_environment_idx" ON "api_credentials"("userId", "apiName", "environment");
CREATE INDEX "api_credentials_apiName_environment_isActive_idx" ON "api_credentials"("apiName", "environment", "isActive");
CREATE INDEX "api_credentials_scope_isActive_idx" ON "api_credentials"("scope", "isActive");
CREATE UNIQUE INDEX "api_credentials_userId_apiName_environment_scope_key" ON "api_credentials"("userId", "apiName", "environment", "scope");

CREATE INDEX "api_status_snapshots_userId_apiName_environment_idx" ON "api_status_snapshots"("userId", "apiName", "environment");
CREATE INDEX "api_status_snapshots_status_isAvailable_idx" ON "api_status_snapshots"("status", "isAvailable");
CREATE UNIQUE INDEX "api_status_snapshots_userId_apiName_environment_key" ON "api_status_snapshots"("userId", "apiName", "environment");

CREATE INDEX "api_status_history_userId_apiName_environment_idx" ON "api_status_history"("userId", "apiName", "environment");
CREATE INDEX "api_status_history_apiName_environment_status_idx" ON "api_status_history"("apiName", "environment", "status");
CREATE INDEX "api_status_history_changedAt_idx" ON "api_status_history"("changedAt");
CREATE INDEX "api_status_history_userId_changedAt_idx" ON "api_status_history"("userId", "changedAt");

CREATE INDEX "marketplace_auth_status_marketplace_status_idx" ON "marketplace_auth_status"("marketplace", "status");
CREATE UNIQUE INDEX "marketplace_auth_status_user_id_marketplace_key" ON "marketplace_auth_status"("user_id", "marketplace");

CREATE INDEX "activities_userId_idx" ON "activities"("userId");
CREATE INDEX "activities_createdAt_idx" ON "activities"("createdAt");

ALTER TABLE "users" ADD CONSTRAINT "users_createdBy_fkey" FOREIGN KEY ("createdBy") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "api_credentials" ADD CONSTRAINT "api_credentials_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "api_credentials" ADD CONSTRAINT "api_credentials_sharedById_fkey" FOREIGN KEY ("sharedById") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "api_status_snapshots" ADD CONSTRAINT "api_status_snapshots_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "api_status_history" ADD CONSTRAINT "api_status_history_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "marketplace_auth_status" ADD CONSTRAINT "marketplace_auth_status_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "activities" ADD CONSTRAINT "activities_userId_fkey" FOREIGN KEY ("userId") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;
