// Written by `make contracts` from the API's shapes. Don't edit.

export interface AllParked {
  items?: ParkedEvent[] | null;
  total?: number | null;
  away?: string[] | null;
}

export interface ApiToken {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  name?: string | null;
  permissions?: string[] | null;
  expires_at?: string | null;
  prefix?: string | null;
  last_used_at?: string | null;
  token?: string | null;
}

export interface Approval {
  step?: 'submitted' | 'withdrawn' | 'passed' | 'approved' | 'rejected' | 'voided' | null;
  position?: number | null;
  by?: string | null;
  comment?: string | null;
  at?: string | null;
}

export interface ApprovalPlan {
  rule_name?: string | null;
  steps?: PlanStep[] | null;
}

export interface ApprovalRule {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  name?: string | null;
  is_active?: boolean | null;
  position?: number | null;
  min_amount?: string | null;
  min_discount?: string | null;
  max_margin?: string | null;
  may_approve_own?: boolean | null;
  steps?: RuleStep[] | null;
}

export interface Arrangement {
  ids?: string[] | null;
}

export interface Article {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  title?: string | null;
  problem?: string | null;
  solution?: string | null;
  fault_type?: string | null;
  product_id?: string | null;
  ticket_id?: string | null;
}

export interface Attachment {
  id?: string | null;
  file_name?: string | null;
  content_type?: string | null;
  size?: number | null;
  sha256?: string | null;
  created_at?: string | null;
  created_by?: string | null;
  created_by_name?: string | null;
}

export interface Attachments {
  items?: Attachment[] | null;
  total?: number | null;
}

export interface AuditAction {
  value?: string | null;
  label?: string | null;
}

export interface AuditEntry {
  id?: string | null;
  at?: string | null;
  user_id?: string | null;
  user_name?: string | null;
  impersonated_by?: string | null;
  impersonated_by_name?: string | null;
  action?: string | null;
  action_name?: string | null;
  detail?: unknown;
  facts?: Fact[] | null;
}

export interface AuditPage {
  items?: AuditEntry[] | null;
  actions?: AuditAction[] | null;
  page?: number | null;
  page_size?: number | null;
  total?: number | null;
  is_total_exact?: boolean | null;
}

export interface AuthUser {
  id?: string | null;
  username?: string | null;
  display_name?: string | null;
  email?: string | null;
  remind_by_mail?: boolean | null;
  roles?: string[] | null;
  language?: 'zh-CN' | 'zh-TW' | 'en' | null;
  department_id?: string | null;
  manager_id?: string | null;
}

export interface AutoEntry {
  no_follow_up_days?: number | null;
  no_order_days?: number | null;
  by_level?: LevelDays[] | null;
  exempt_statuses?: string[] | null;
  exempt_levels?: string[] | null;
  exempt_tags?: string[] | null;
}

export interface BadRow {
  row?: number | null;
  errors?: RowError[] | null;
}

export interface BatchResult {
  succeeded?: number | null;
  failed?: Failure[] | null;
}

export interface Change {
  field?: string | null;
  old?: unknown;
  new?: unknown;
}

export interface Choice {
  value?: string | null;
  labels?: Labels;
  color?: 'neutral' | 'info' | 'good' | 'warn' | 'bad' | null;
  is_active?: boolean | null;
}

export interface Choices {
  field?: string | null;
  choices?: Choice[] | null;
  version?: number | null;
}

export interface Collaborator {
  user_id?: string | null;
  access?: 'read' | 'write' | null;
}

export interface Column {
  heading?: string | null;
  field?: string | null;
  is_matched?: boolean | null;
}

export interface Contact {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  customer_id?: string | null;
  name?: string | null;
  job_title?: string | null;
  department?: string | null;
  decision_role?: string | null;
  reports_to_id?: string | null;
  mobile?: string | null;
  phone?: string | null;
  email?: string | null;
  messaging_id?: string | null;
  birthday?: string | null;
  address?: string | null;
  is_primary?: boolean | null;
  description?: string | null;
}

export interface Countdown {
  customer_id?: string | null;
  pool_id?: string | null;
  rule?: 'protection_period' | 'no_follow_up' | 'no_order' | 'none' | null;
  rule_name?: string | null;
  rule_version?: number | null;
  counted_from?: string | null;
  baseline?: 'claimed' | 'follow_up' | 'order' | 'owned' | 'created' | 'none' | null;
  takes_on?: string | null;
  days_left?: number | null;
  exemptions?: Exemption[] | null;
  reset_by?: 'order' | 'receipt' | 'either' | 'both' | 'follow_up' | null;
  reset_text?: string | null;
  text?: string | null;
}

export interface CustomField {
  labels?: Labels;
  help?: Labels;
  choices?: Choice[] | null;
  required?: boolean | null;
  default?: unknown;
  order?: number | null;
  is_active?: boolean | null;
  name?: string | null;
  type?: 'text' | 'long_text' | 'integer' | 'number' | 'money' | 'date' | 'datetime' | 'choice' | 'multi_choice' | 'yes_no' | 'user' | 'phone' | 'email' | 'url' | null;
  id?: string | null;
  version?: number | null;
}

export interface CustomFields {
  items?: CustomField[] | null;
}

export interface Customer {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  name?: string | null;
  short_name?: string | null;
  status?: string | null;
  level?: string | null;
  source?: string | null;
  industry?: string | null;
  region?: string | null;
  address?: string | null;
  phone?: string | null;
  fax?: string | null;
  website?: string | null;
  email?: string | null;
  tax_number?: string | null;
  bank_name?: string | null;
  bank_account?: string | null;
  employees?: number | null;
  annual_revenue?: string | null;
  parent_id?: string | null;
  tags?: string[] | null;
  description?: string | null;
  latest_progress?: string | null;
  last_contacted_at?: string | null;
  next_visit_on?: string | null;
  last_order_on?: string | null;
  pool_status?: 'ordinary' | 'unassigned' | 'assigned' | null;
  pool_id?: string | null;
  protected_until?: string | null;
  pool_goal?: 'none' | 'pending' | 'achieved' | null;
  order_total?: string | null;
  received_total?: string | null;
  merged_into_id?: string | null;
  collaborators?: Collaborator[] | null;
}

export interface CustomerLoss {
  customer_id?: string | null;
  customer_name?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  value?: string | null;
  present?: Taking;
  proposed?: Taking;
}

export interface CustomerRow {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  name?: string | null;
  short_name?: string | null;
  status?: string | null;
  level?: string | null;
  source?: string | null;
  industry?: string | null;
  region?: string | null;
  address?: string | null;
  phone?: string | null;
  fax?: string | null;
  website?: string | null;
  email?: string | null;
  tax_number?: string | null;
  bank_name?: string | null;
  bank_account?: string | null;
  employees?: number | null;
  annual_revenue?: string | null;
  parent_id?: string | null;
  tags?: string[] | null;
  description?: string | null;
  latest_progress?: string | null;
  last_contacted_at?: string | null;
  next_visit_on?: string | null;
  last_order_on?: string | null;
  pool_status?: 'ordinary' | 'unassigned' | 'assigned' | null;
  pool_id?: string | null;
  protected_until?: string | null;
  pool_goal?: 'none' | 'pending' | 'achieved' | null;
  order_total?: string | null;
  received_total?: string | null;
  merged_into_id?: string | null;
}

export interface Department {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  name?: string | null;
  parent_id?: string | null;
}

export interface Duplicate {
  id?: string | null;
  name?: string | null;
  owner_name?: string | null;
  pool_status?: 'ordinary' | 'unassigned' | 'assigned' | null;
  matched?: ('name' | 'phone')[] | null;
  visible?: boolean | null;
}

export interface Duplicates {
  items?: Duplicate[] | null;
}

export interface Exemption {
  name?: 'goal_achieved' | 'status' | 'level' | 'tag' | null;
  applies?: boolean | null;
  text?: string | null;
}

export interface Export {
  id?: string | null;
  module?: string | null;
  title?: string | null;
  format?: 'xlsx' | 'csv' | null;
  status?: 'waiting' | 'writing' | 'done' | 'failed' | null;
  progress?: number | null;
  total?: number | null;
  file_name?: string | null;
  size?: number | null;
  created_at?: string | null;
  finished_at?: string | null;
  error_code?: string | null;
  error?: string | null;
}

export interface Exports {
  items?: Export[] | null;
}

export interface ExtensionRequest {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  customer_id?: string | null;
  customer_name?: string | null;
  pool_id?: string | null;
  days?: number | null;
  reason?: string | null;
  status?: 'pending' | 'granted' | 'refused' | 'lapsed' | null;
  granted_days?: number | null;
  answer?: string | null;
  decided_by?: string | null;
  decided_by_name?: string | null;
  decided_at?: string | null;
}

export interface Fact {
  name?: string | null;
  label?: string | null;
  value?: string | null;
}

export interface Failure {
  id?: string | null;
  code?: string | null;
  detail?: string | null;
}

export interface FinanceSettings {
  default_instalments?: Share[] | null;
  remind_days_before?: number | null;
  allow_prepayment?: boolean | null;
  tolerated_excess?: string | null;
  version?: number | null;
}

export interface FollowUp {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  customer_id?: string | null;
  contact_id?: string | null;
  kind?: string | null;
  contacted_at?: string | null;
  summary?: string | null;
  next_visit_on?: string | null;
  stage?: string | null;
  location?: string | null;
}

export interface GrossMargin {
  by?: string | null;
  months?: string[] | null;
  items?: MarginRow[] | null;
  totals?: Month[] | null;
  revenue?: string | null;
  cost?: string | null;
  margin?: string | null;
  margin_rate?: string | null;
  as_of?: string | null;
}

export interface History {
  items?: HistoryEntry[] | null;
  page?: number | null;
  page_size?: number | null;
  total?: number | null;
}

export interface HistoryEntry {
  at?: string | null;
  by?: string | null;
  by_name?: string | null;
  impersonated_by?: string | null;
  impersonated_by_name?: string | null;
  action?: string | null;
  channel?: string | null;
  changes?: Change[] | null;
}

export interface Holding {
  module?: string | null;
  count?: number | null;
}

export interface Holdings {
  items?: Holding[] | null;
}

export interface Horizon {
  days?: number | null;
  by?: string | null;
  present?: Sum;
  proposed?: Sum;
  people?: PersonLoss[] | null;
}

export interface Impersonation {
  access_token?: string | null;
  token_type?: string | null;
  expires_in?: number | null;
  session_id?: string | null;
}

export interface Import {
  id?: string | null;
  module?: string | null;
  file_name?: string | null;
  status?: 'checking' | 'checked' | 'importing' | 'done' | 'failed' | null;
  duplicates?: 'skip' | 'update' | 'create' | null;
  total?: number | null;
  progress?: number | null;
  columns?: Column[] | null;
  counts?: unknown;
  bad_rows?: BadRow[] | null;
  can_commit?: boolean | null;
  created_at?: string | null;
  finished_at?: string | null;
}

export interface Inbox {
  pending?: number | null;
  parked?: number | null;
  oldest_seconds?: number | null;
}

export interface Instalment {
  due_on?: string | null;
  amount?: string | null;
}

export interface Labels {
  'zh-CN'?: string | null;
  'zh-TW'?: string | null;
  en?: string | null;
}

export interface Ledger {
  items?: LedgerRow[] | null;
  page?: number | null;
  page_size?: number | null;
  total?: number | null;
  is_total_exact?: boolean | null;
}

export interface LedgerRow {
  id?: number | null;
  customer_id?: string | null;
  customer_name?: string | null;
  pool_id?: string | null;
  from_pool_id?: string | null;
  action?: 'send' | 'enter' | 'claim' | 'assign' | 'release' | 'recycle' | 'extend' | 'goal_achieved' | 'goal_reopened' | 'restore' | 'move' | 'transfer' | 'withdraw' | 'switch_off' | 'delete' | 'merge' | null;
  action_name?: string | null;
  from_owner_id?: string | null;
  from_owner_name?: string | null;
  to_owner_id?: string | null;
  to_owner_name?: string | null;
  actor_id?: string | null;
  actor_name?: string | null;
  impersonated_by?: string | null;
  impersonated_by_name?: string | null;
  automatic?: boolean | null;
  reason?: string | null;
  rule?: 'protection_period' | 'no_follow_up' | 'no_order' | null;
  rule_name?: string | null;
  rule_version?: number | null;
  baseline_at?: string | null;
  deadline_before?: string | null;
  deadline_after?: string | null;
  days?: number | null;
  batch_id?: string | null;
  at?: string | null;
}

export interface LevelDays {
  level?: string | null;
  no_follow_up_days?: number | null;
  no_order_days?: number | null;
}

export interface Line {
  id?: string | null;
  product_id?: string | null;
  product_code?: string | null;
  product_name?: string | null;
  quantity?: string | null;
  unit_price?: string | null;
  discount?: string | null;
  tax_rate?: string | null;
  total?: string | null;
  cost?: string | null;
  in_price_list?: boolean | null;
  note?: string | null;
}

export interface MailSettings {
  enabled?: boolean | null;
  host?: string | null;
  port?: number | null;
  security?: 'none' | 'starttls' | 'tls' | null;
  username?: string | null;
  has_password?: boolean | null;
  sender_address?: string | null;
  sender_name?: string | null;
  waiting?: number | null;
  error_code?: string | null;
  error?: string | null;
  version?: number | null;
}

export interface MarginRow {
  id?: string | null;
  name?: string | null;
  months?: Month[] | null;
  revenue?: string | null;
  cost?: string | null;
  margin?: string | null;
  margin_rate?: string | null;
}

export interface Me {
  user?: AuthUser;
  permissions?: string[] | null;
  scopes?: unknown;
  two_factor?: boolean | null;
  impersonated_by?: string | null;
  impersonated_by_name?: string | null;
  organisation?: Organisation;
}

export interface Member {
  user_id?: string | null;
  name?: string | null;
  level?: 'user' | 'admin' | null;
  held?: number | null;
}

export interface Members {
  items?: Member[] | null;
}

export interface Month {
  month?: string | null;
  revenue?: string | null;
  cost?: string | null;
  margin?: string | null;
}

export interface Moved {
  moved?: number | null;
}

export interface MyPool {
  id?: string | null;
  name?: string | null;
  level?: 'outsider' | 'user' | 'admin' | 'system' | null;
  enabled?: boolean | null;
}

export interface NotRetried {
  id?: number | null;
  code?: string | null;
  detail?: string | null;
}

export interface Numbering {
  prefix?: string | null;
  digits?: number | null;
  restart?: 'day' | 'month' | 'year' | 'never' | null;
  example?: string | null;
  version?: number | null;
}

export interface Order {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  number?: string | null;
  customer_id?: string | null;
  customer_name?: string | null;
  contact_id?: string | null;
  price_list_id?: string | null;
  discount?: string | null;
  total?: string | null;
  description?: string | null;
  lines?: Line[] | null;
  status?: 'draft' | 'pending_approval' | 'approved' | 'completed' | 'voided' | null;
  approver_id?: string | null;
  approval_step?: number | null;
  waits_for_me?: boolean | null;
  submitted_by?: string | null;
  approved_at?: string | null;
  received?: string | null;
  subject?: string | null;
  order_date?: string | null;
  starts_on?: string | null;
  ends_on?: string | null;
  deliver_on?: string | null;
  payment_method?: string | null;
  signer?: string | null;
  quote_id?: string | null;
  approval_plan?: ApprovalPlan;
  approvals?: Approval[] | null;
}

export interface OrderRow {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  number?: string | null;
  customer_id?: string | null;
  customer_name?: string | null;
  contact_id?: string | null;
  price_list_id?: string | null;
  discount?: string | null;
  total?: string | null;
  description?: string | null;
  status?: 'draft' | 'pending_approval' | 'approved' | 'completed' | 'voided' | null;
  approver_id?: string | null;
  approval_step?: number | null;
  waits_for_me?: boolean | null;
  submitted_by?: string | null;
  approved_at?: string | null;
  received?: string | null;
  subject?: string | null;
  order_date?: string | null;
  starts_on?: string | null;
  ends_on?: string | null;
  deliver_on?: string | null;
  payment_method?: string | null;
  signer?: string | null;
  quote_id?: string | null;
}

export interface OrgChart {
  items?: Position[] | null;
}

export interface Organisation {
  name?: string | null;
  time_zone?: string | null;
  currency?: string | null;
  working_days?: number[] | null;
  version?: number | null;
}

export interface Outbox {
  waiting?: number | null;
  oldest_seconds?: number | null;
}

export interface ParkedEvent {
  id?: number | null;
  service?: string | null;
  handler?: string | null;
  publisher?: string | null;
  name?: string | null;
  key?: string | null;
  attempts?: number | null;
  last_error?: string | null;
  since?: string | null;
}

export interface PaymentPlan {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  number?: string | null;
  order_id?: string | null;
  order_number?: string | null;
  customer_id?: string | null;
  customer_name?: string | null;
  period?: number | null;
  due_on?: string | null;
  amount?: string | null;
  received?: string | null;
  outstanding?: string | null;
  status?: 'unpaid' | 'partially_paid' | 'paid' | 'cancelled' | null;
  overdue?: boolean | null;
  ageing?: 'not_due' | 'days_1_30' | 'days_31_60' | 'days_61_90' | 'over_90_days' | null;
  note?: string | null;
}

export interface Permission {
  noun?: string | null;
  verbs?: string[] | null;
  module?: string | null;
}

export interface Permissions {
  items?: Permission[] | null;
  scopes?: string[] | null;
}

export interface PersonLoss {
  user_id?: string | null;
  name?: string | null;
  present?: Sum;
  proposed?: Sum;
}

export interface Place {
  code?: string | null;
  title?: string | null;
  size?: 'small' | 'half' | 'full' | null;
}

export interface PlaceInput {
  code?: 'my_customers' | 'new_customers' | 'pool_held' | 'orders_this_month' | 'overdue_plans' | 'late_tickets' | 'orders_to_approve' | 'customers_to_visit' | 'due_plans' | 'expiring_customers' | 'extension_requests' | 'open_tickets' | 'my_tickets' | 'open_reminders' | 'recent_follow_ups' | 'recent_receipts' | 'customers_by_status' | 'tickets_by_status' | 'orders_trend' | null;
  size?: 'small' | 'half' | 'full' | null;
}

export interface PlanStep {
  kind?: 'manager' | 'role' | 'user' | null;
  role_name?: string | null;
  approver_ids?: string[] | null;
}

export interface Plans {
  items?: PaymentPlan[] | null;
  chosen?: Instalment[] | null;
}

export interface Pool {
  enabled?: boolean | null;
  admin_ids?: string[] | null;
  user_ids?: string[] | null;
  protection_days?: number | null;
  max_held?: number | null;
  count_achieved?: boolean | null;
  goal_events?: 'order' | 'receipt' | 'both' | 'either' | null;
  goal_min_amount?: string | null;
  warn_days_before?: number | null;
  daily_claim_limit?: number | null;
  reclaim_cooldown_days?: number | null;
  auto_entry?: AutoEntry;
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  name?: string | null;
  department_ids?: string[] | null;
  regions?: string[] | null;
  is_default?: boolean | null;
  affected?: number | null;
}

export interface PoolCustomer {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  customer_id?: string | null;
  customer_name?: string | null;
  pool_id?: string | null;
  pool_name?: string | null;
  level?: string | null;
  region?: string | null;
  state?: 'unassigned' | 'assigned' | null;
  pool_goal?: 'none' | 'pending' | 'achieved' | null;
  entered_at?: string | null;
  claimed_at?: string | null;
  protected_until?: string | null;
  previous_owner_id?: string | null;
  previous_owner_name?: string | null;
  countdown?: string | null;
}

export interface PoolSettings {
  enabled?: boolean | null;
  admin_ids?: string[] | null;
  user_ids?: string[] | null;
  protection_days?: number | null;
  max_held?: number | null;
  count_achieved?: boolean | null;
  goal_events?: 'order' | 'receipt' | 'both' | 'either' | null;
  goal_min_amount?: string | null;
  warn_days_before?: number | null;
  daily_claim_limit?: number | null;
  reclaim_cooldown_days?: number | null;
  auto_entry?: AutoEntry;
  version?: number | null;
  affected?: number | null;
}

export interface PoolStatistics {
  first_day?: string | null;
  last_day?: string | null;
  items?: PoolStatisticsRow[] | null;
}

export interface PoolStatisticsRow {
  user_id?: string | null;
  name?: string | null;
  claims?: number | null;
  assignments?: number | null;
  releases?: number | null;
  recycles?: number | null;
  goals?: number | null;
  goal_rate?: string | null;
}

export interface Position {
  id?: string | null;
  name?: string | null;
  job_title?: string | null;
  department?: string | null;
  decision_role?: string | null;
  is_primary?: boolean | null;
  reports_to_id?: string | null;
}

export interface PriceList {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  name?: string | null;
  description?: string | null;
  currency?: string | null;
  valid_from?: string | null;
  valid_to?: string | null;
  customer_levels?: string[] | null;
  is_active?: boolean | null;
  items?: PriceListItem[] | null;
}

export interface PriceListItem {
  product_id?: string | null;
  price?: string | null;
  min_quantity?: string | null;
}

export interface PriceListRow {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  name?: string | null;
  description?: string | null;
  currency?: string | null;
  valid_from?: string | null;
  valid_to?: string | null;
  customer_levels?: string[] | null;
  is_active?: boolean | null;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  request_id: string;
  retry_after?: number;
  errors?: (Record<string, unknown>)[];
}

export interface Product {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  code?: string | null;
  name?: string | null;
  category?: string | null;
  unit?: string | null;
  list_price?: string | null;
  cost?: string | null;
  tax_rate?: string | null;
  description?: string | null;
  is_active?: boolean | null;
}

export interface Quote {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  number?: string | null;
  customer_id?: string | null;
  customer_name?: string | null;
  contact_id?: string | null;
  price_list_id?: string | null;
  discount?: string | null;
  total?: string | null;
  description?: string | null;
  lines?: Line[] | null;
  name?: string | null;
  status?: 'draft' | 'sent' | 'accepted' | 'rejected' | 'expired' | null;
  valid_until?: string | null;
  terms?: string | null;
}

export interface QuoteRow {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  number?: string | null;
  customer_id?: string | null;
  customer_name?: string | null;
  contact_id?: string | null;
  price_list_id?: string | null;
  discount?: string | null;
  total?: string | null;
  description?: string | null;
  name?: string | null;
  status?: 'draft' | 'sent' | 'accepted' | 'rejected' | 'expired' | null;
  valid_until?: string | null;
  terms?: string | null;
}

export interface Receipt {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  number?: string | null;
  customer_id?: string | null;
  customer_name?: string | null;
  order_id?: string | null;
  order_number?: string | null;
  plan_id?: string | null;
  amount?: string | null;
  received_on?: string | null;
  method?: string | null;
  account?: string | null;
  reference?: string | null;
  note?: string | null;
  status?: 'recorded' | 'voided' | null;
  refund_of_id?: string | null;
  void_reason?: string | null;
  advance_id?: string | null;
}

export interface RecoveryCodes {
  recovery_codes?: string[] | null;
}

export interface Rehearsal {
  pool_id?: string | null;
  horizons?: Horizon[] | null;
  customers?: CustomerLoss[] | null;
  more?: number | null;
}

export interface Reminder {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  text?: string | null;
  remind_at?: string | null;
  record_module?: string | null;
  record_id?: string | null;
  kind?: 'personal' | 'next_visit' | 'approval_waiting' | 'order_approved' | 'order_rejected' | 'pool_assigned' | 'pool_recycled' | 'pool_expiring' | 'extension_requested' | 'extension_granted' | 'extension_refused' | 'plan_due' | 'plan_overdue' | 'birthday' | 'ticket_assigned' | 'ticket_overdue' | 'impersonated' | null;
  status?: 'open' | 'done' | null;
}

export interface Retried {
  succeeded?: number | null;
  failed?: NotRetried[] | null;
}

export interface Role {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  code?: string | null;
  name?: string | null;
  permissions?: string[] | null;
  scopes?: unknown;
  field_rights?: unknown;
}

export interface RowError {
  heading?: string | null;
  field?: string | null;
  value?: string | null;
  code?: string | null;
  detail?: string | null;
}

export interface RuleStep {
  kind?: 'manager' | 'role' | 'user' | null;
  user_id?: string | null;
  role_id?: string | null;
}

export interface Sale {
  line_id?: string | null;
  order_id?: string | null;
  order_number?: string | null;
  order_date?: string | null;
  customer_id?: string | null;
  customer_name?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  product_id?: string | null;
  product_name?: string | null;
  quantity?: string | null;
  revenue?: string | null;
  cost?: string | null;
  margin?: string | null;
}

export interface SalesDetail {
  items?: Sale[] | null;
  page?: number | null;
  page_size?: number | null;
  total?: number | null;
  as_of?: string | null;
}

export interface ServiceLevels {
  urgent?: number | null;
  high?: number | null;
  normal?: number | null;
  low?: number | null;
}

export interface ServiceStatus {
  service?: string | null;
  status?: 'ready' | 'away' | null;
  outbox?: Outbox;
  inbox?: Inbox;
  schema_revision?: string | null;
  database_bytes?: number | null;
  attachment_bytes?: number | null;
  replicas?: number | null;
}

export interface Session {
  id?: string | null;
  started_at?: string | null;
  expires_at?: string | null;
  address?: string | null;
  agent?: string | null;
  impersonated_by?: string | null;
  impersonated_by_name?: string | null;
  reason?: string | null;
}

export interface Sessions {
  items?: Session[] | null;
}

export interface Share {
  share?: string | null;
  days_after?: number | null;
}

export interface Storage {
  database_bytes?: number | null;
  attachment_bytes?: number | null;
}

export interface Sum {
  customers?: number | null;
  value?: string | null;
}

export interface Summary {
  pool_id?: string | null;
  enabled?: boolean | null;
  level?: 'outsider' | 'user' | 'admin' | 'system' | null;
  held?: number | null;
  limit?: number | null;
  expiring_soon?: number | null;
  claims_left_today?: number | null;
  pools?: MyPool[] | null;
}

export interface SystemStatus {
  version?: string | null;
  broker?: 'ready' | 'away' | null;
  services?: ServiceStatus[] | null;
  storage?: Storage;
}

export interface Taking {
  rule?: 'protection_period' | 'no_follow_up' | 'no_order' | null;
  takes_on?: string | null;
  text?: string | null;
}

export interface TestMail {
  to?: string | null;
}

export interface Ticket {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  number?: string | null;
  title?: string | null;
  customer_id?: string | null;
  customer_name?: string | null;
  contact_id?: string | null;
  product_id?: string | null;
  product_name?: string | null;
  order_id?: string | null;
  fault_description?: string | null;
  fault_type?: string | null;
  channel?: string | null;
  priority?: 'low' | 'normal' | 'high' | 'urgent' | null;
  status?: 'open' | 'assigned' | 'in_progress' | 'resolved' | 'closed' | null;
  assignee_id?: string | null;
  assignee_name?: string | null;
  due_at?: string | null;
  overdue?: boolean | null;
  resolution?: string | null;
  parts?: string | null;
  cost?: string | null;
  resolved_at?: string | null;
  minutes_to_resolve?: number | null;
  closed_at?: string | null;
  satisfaction?: number | null;
  reopened?: number | null;
}

export interface TicketStatistics {
  by?: string | null;
  items?: TicketStatisticsRow[] | null;
}

export interface TicketStatisticsRow {
  key?: string | null;
  label?: string | null;
  tickets?: number | null;
  resolved?: number | null;
  overdue?: number | null;
  average_minutes?: number | null;
  in_time_rate?: string | null;
  cost?: string | null;
}

export interface Tokens {
  access_token?: string | null;
  refresh_token?: string | null;
  token_type?: string | null;
  expires_in?: number | null;
  user?: AuthUser;
}

export interface TwoFactor {
  secret?: string | null;
  uri?: string | null;
  qr_code?: string | null;
}

export interface User {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  username?: string | null;
  display_name?: string | null;
  email?: string | null;
  mobile?: string | null;
  department_id?: string | null;
  manager_id?: string | null;
  job_title?: string | null;
  language?: 'zh-CN' | 'zh-TW' | 'en' | null;
  time_zone?: string | null;
  remind_by_mail?: boolean | null;
  is_active?: boolean | null;
  roles?: string[] | null;
}

export interface View {
  id?: string | null;
  name?: string | null;
  builtin?: boolean | null;
  filter?: unknown;
  sort?: string | null;
  columns?: string[] | null;
  shared_roles?: string[] | null;
  is_default?: boolean | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  can?: string[] | null;
}

export interface Views {
  items?: View[] | null;
}

export interface Widget {
  code?: string | null;
  title?: string | null;
  sizes?: ('small' | 'half' | 'full')[] | null;
  permissions?: string[] | null;
}

export interface Widgets {
  items?: Widget[] | null;
}

export interface Workbench {
  items?: Place[] | null;
}

export interface WorkbenchTemplate {
  id?: string | null;
  owner_id?: string | null;
  owner_name?: string | null;
  version?: number | null;
  created_at?: string | null;
  created_by?: string | null;
  updated_at?: string | null;
  updated_by?: string | null;
  can?: string[] | null;
  name?: string | null;
  is_active?: boolean | null;
  roles?: string[] | null;
  widgets?: PlaceInput[] | null;
}
