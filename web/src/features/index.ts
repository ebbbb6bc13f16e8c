import { register } from '@/shared/crud/config'
import { CONTACTS, CUSTOMERS, FOLLOW_UPS } from './customers/modules'
import { ORDERS, QUOTES } from './documents/modules'
import { PAYMENT_PLANS, RECEIPTS } from './finance/modules'
import { DEPARTMENTS, PRICE_LISTS, PRODUCTS, REMINDERS, ROLES, USERS } from './modules'
import { POOL_CUSTOMERS } from './pool/modules'

register(CUSTOMERS, CONTACTS, FOLLOW_UPS, POOL_CUSTOMERS, QUOTES, ORDERS, PRODUCTS, PRICE_LISTS, PAYMENT_PLANS, RECEIPTS, REMINDERS, USERS, DEPARTMENTS, ROLES)
